import { randomBytes } from 'node:crypto';
import { startKvTwin } from '../dev/faults/kv.mjs';
import { builtFiles } from '../dev/size.mjs';
import { d1Binding } from '../tests/support/d1.mjs';
import { startWorker, text } from './workerd.mjs';

const HOSTING = [d1Binding('d1'), '( name = "OBJECTS", r2Bucket = "r2" )'];

/** Stores that do not answer: hosting is on, and a request that needs them fails. */
export const NO_STORES = { d1: '127.0.0.1:9', r2: '127.0.0.1:9' };

/**
 * Starts the built Worker in front of `registry` and `api`, with its own KV and its own Cache. With
 * `stores`, the addresses of D1 and R2 as `{ d1, r2 }`, it hosts repositories too.
 */
export async function startBhcr(lifetime, { registry, api, stores, ...settings }) {
  const kv = await startKvTwin();
  lifetime.add(kv.stop);
  const secret = randomBytes(32).toString('hex');
  const vars = { REGISTRY_URL: registry, API_URL: api, TOKEN_SECRET: secret, ...settings };
  return startWorker(lifetime, 'bhcr', {
    modules: [
      ['index.js', builtFiles.js],
      ['./index_bg.wasm', builtFiles.wasm],
    ],
    bindings: [
      ...Object.entries(vars).map(([name, value]) => text(name, value)),
      '( name = "RELEASES", kvNamespace = "kv" )',
      ...(stores ? HOSTING : []),
    ],
    external: { kv: kv.address, ...stores },
    cache: true,
  });
}
