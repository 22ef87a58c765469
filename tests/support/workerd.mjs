import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import workerd from 'workerd';
import { compatibility } from '../../dev/compatibility.mjs';
import { startCacheTwin } from '../../dev/faults/cache.mjs';
import { startKvTwin } from '../../dev/faults/kv.mjs';
import { freePort } from '../../dev/ports.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';
import { watchLog } from './worker-logs.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The secret that Workers seal with in tests, and nowhere else. */
export const TEST_SECRET = 'a secret for tests, forty bytes or longer';

/**
 * Starts the built Worker in the runtime itself: nothing in front of it folds a path or rewrites a
 * header. Answers `{ url, pid, output(), stop() }`. By default the Worker gets a KV twin and a cache
 * twin of its own; pass `kv` or `cache` to share one, or `false` for a Worker without. `hosted` are
 * the addresses `{ r2, d1 }` of hosted repositories, as `startStore` has them. `script` is the source
 * of another Worker to start instead; `inside` opens the doors of `inside/entry.js`.
 */
export async function startWorkerd(vars = {}, { kv, cache, hosted, script, inside = false } = {}) {
  const own = [];
  const twin = async (given, start) => {
    if (given !== undefined) return given;
    own.push(await start());
    return own.at(-1);
  };
  const twins = { kv: await twin(kv, startKvTwin), cache: await twin(cache, startCacheTwin) };
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-workerd-'));
  const file = join(dir, 'config.capnp');
  const embed = (name) => `embed ${quote(relative(dir, join(root, name)))}`;
  const modules =
    script === undefined ? built(embed, inside) : [esModule('index.js', quote(script))];
  writeFileSync(
    file,
    config(port, modules, { TOKEN_SECRET: TEST_SECRET, ...vars }, { ...twins, hosted }),
  );
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer(
    workerd.default,
    ['serve', ...(hosted ? ['--experimental'] : []), file],
    {
      ready: () =>
        send(url, '/ping').then(
          (reply) => reply.status === 200,
          () => false,
        ),
    },
  );
  watchLog(server.output);
  const stop = async () => {
    await server.stop();
    for (const twin of own) await twin.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { ...server, url, stop };
}

function config(port, modules, vars, { kv, cache, hosted }) {
  const texts = Object.entries(vars).map(
    ([name, value]) => `( name = ${quote(name)}, text = ${quote(value)} )`,
  );
  const namespace = kv ? ['( name = "RELEASES", kvNamespace = "kv" )'] : [];
  const services = [
    '( name = "bhcr", worker = .bhcr )',
    '( name = "internet", network = ( allow = ["public", "private"] ) )',
    ...(kv ? [external('kv', kv, 'host')] : []),
    // As a proxy, because the cache needs the whole URL of a request for its key.
    ...(cache ? [external('cache', cache, 'proxy')] : []),
    ...(hosted ? [external('r2', { address: hosted.r2 }, 'host')] : []),
    ...(hosted ? [external('d1', { address: hosted.d1 }, 'host')] : []),
  ];
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ${services.join(', ')} ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "bhcr" ) ],
);
const bhcr :Workerd.Worker = (
  modules = [ ${modules.join(', ')} ],
  bindings = [ ${[...texts, ...namespace, ...(hosted ? HOSTED : [])].join(', ')} ],
  ${cache ? 'cacheApiOutbound = "cache",' : ''}
  ${compatibility()},
);
`;
}

// Bindings to the services `r2` and `d1`.
const HOSTED = [
  '( name = "OBJECTS", r2Bucket = "r2" )',
  `( name = "CATALOG", wrapped = ( moduleName = "cloudflare-internal:d1-api",
    innerBindings = [ ( name = "fetcher", service = "d1" ) ] ) )`,
];

const external = (name, { address }, style) =>
  `( name = "${name}", external = ( address = ${quote(address)}, http = ( style = ${style} ) ) )`;

const esModule = (name, text) => `( name = "${name}", esModule = ${text} )`;

// Paths of embedded files are relative to the configuration's folder.
function built(embed, inside) {
  const doors = ['entry.js', 'instances.js'].map((name) =>
    esModule(name, embed(`tests/support/inside/${name}`)),
  );
  return [
    ...(inside ? doors : []),
    esModule('index.js', embed('build/index.js')),
    `( name = "./index_bg.wasm", wasm = ${embed('build/index_bg.wasm')} )`,
  ];
}

// Cap'n Proto quotes strings as JSON does.
function quote(text) {
  return JSON.stringify(text);
}
