import { seal } from './seal.mjs';
import { data, startWorker, text, workerFile } from './workerd.mjs';

const SHARED = ['memory', 'rewrite', 'session'];

/** Starts a Worker of `bench/workers` that asks `registry`. */
export function startScript(lifetime, name, { registry, bindings }) {
  const modules = [name, ...SHARED].map((it) => [`${it}.js`, workerFile(`${it}.js`)]);
  return startWorker(lifetime, name, {
    modules,
    bindings: [text('REGISTRY', registry), ...bindings],
  });
}

/**
 * Starts a Worker of `bench/workers` that opens tokens, and seals one for it with this session.
 * Answers what `startWorker` answers, with the `token`.
 */
export async function startOpening(lifetime, name, { registry, ...session }) {
  const { key, sealed } = await seal(session);
  const worker = await startScript(lifetime, name, { registry, bindings: [data('KEY', key)] });
  return { ...worker, token: sealed };
}
