import { after, beforeEach } from 'node:test';
import { startBench } from '../../dev/faults/bench.mjs';
import { startTestUpstream } from './upstream.mjs';
import { startWorkerd } from './workerd.mjs';

/**
 * For one test file: the local upstream behind the fault bench, whole again before each test.
 * `start` brings up a Worker, which shares the bench's KV and cache with the others. `well` is as with
 * `startBench`. All ends with the file.
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

/** The requests for resolutions among those that reached the API. */
export const resolutions = (requests) => requests.filter(({ url }) => url.startsWith('/v7/'));
