import { randomBytes } from 'node:crypto';
import { startKvTwin } from '../dev/faults/kv.mjs';
import { builtFiles } from '../dev/size.mjs';
import { startWorker, text } from './workerd.mjs';

/** Starts the built Worker in front of `registry` and `api`, with its own KV and its own Cache. */
export async function startBhcr(lifetime, { registry, api, ...settings }) {
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
    ],
    kv: kv.address,
    cache: true,
  });
}
