import { after, beforeEach } from 'node:test';
import { startBench } from '../../dev/faults/bench.mjs';
import { startTestUpstream } from './upstream.mjs';
import { startWorkerd } from './workerd.mjs';

/**
 * Starts the local upstream behind the fault bench, for one test file. Before each test every fault
 * is healed; when the file ends, everything is stopped. `start` starts a Worker, which shares the
 * bench's KV and cache with the other Workers. `well` is what `startBench` takes.
 */
export async function bench({ well } = {}) {
  const upstream = await startTestUpstream();
  const { stop, ...parts } = await startBench(upstream, { well });
  const running = [];
  beforeEach(parts.heal);
  after(async () => {
    for (const worker of running) await worker.stop();
    await Promise.all([stop(), upstream.stop()]);
  });
  async function start(vars = {}, options = {}) {
    const { settings, kv, cache } = parts;
    const worker = await startWorkerd({ ...settings, ...vars }, { kv, cache, ...options });
    running.push(worker);
    return worker;
  }
  return { upstream, ...parts, start };
}

/** Those of the API's requests that ask for a release. */
export const resolutions = (requests) => requests.filter(({ url }) => url.startsWith('/v7/'));
