import { after } from 'node:test';
import { redirecting, startTestUpstream } from './upstream.mjs';
import { startWorkerd } from './workerd.mjs';

/**
 * Starts the local upstream and a Worker in front of it, for one test file. `start` starts another
 * Worker, with other settings. When the file ends, everything is stopped.
 */
export async function front(settings = redirecting) {
  const upstream = await startTestUpstream();
  const running = [];
  after(async () => {
    for (const worker of running) await worker.stop();
    await upstream.stop();
  });
  async function start(vars, options) {
    const worker = await startWorkerd({ ...settings(upstream), ...vars }, options);
    running.push(worker);
    return worker;
  }
  const worker = await start();
  return { upstream, worker, url: worker.url, start };
}

/** Answers the requests that reach any part of upstream while `work` runs. */
export async function forwarded(upstream, work) {
  const parts = [upstream.api, upstream.registry, upstream.streaming, upstream.storage];
  const counts = parts.map((part) => part.requests().length);
  await work();
  return parts.flatMap((part, at) => part.requests().slice(counts[at]));
}
