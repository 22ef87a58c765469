import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import workerd from 'workerd';
import { startKvTwin } from '../../dev/faults/kv.mjs';
import { send } from './http.mjs';
import { freePort } from './ports.mjs';
import { startServer } from './process.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A secret for tests alone. */
export const TEST_SECRET = 'a secret for tests, forty bytes or longer';

/**
 * The built Worker in the runtime itself, with nothing in front of it that would fold a path or
 * rewrite a header. Answers `{ url, pid, output(), stop() }`. Its KV is a twin of its own, or one
 * that is given and may be shared; `kv: false` is none.
 */
export async function startWorkerd(vars = {}, { kv } = {}) {
  const own = kv === undefined ? await startKvTwin() : undefined;
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-workerd-'));
  const file = join(dir, 'config.capnp');
  const settings = { TOKEN_SECRET: TEST_SECRET, ...vars };
  writeFileSync(file, config(dir, port, settings, (own ?? kv)?.address));
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer(workerd.default, ['serve', file], {
    ready: () =>
      send(url, '/ping').then(
        (reply) => reply.status === 200,
        () => false,
      ),
  });
  const stop = async () => {
    await server.stop();
    await own?.stop();
    rmSync(dir, { recursive: true });
  };
  return { ...server, url, stop };
}

function config(dir, port, vars, store) {
  // Embedded files are found from the configuration's own folder.
  const from = (path) => quote(relative(dir, path));
  const texts = Object.entries(vars).map(
    ([name, value]) => `( name = ${quote(name)}, text = ${quote(value)} )`,
  );
  const namespace = store ? ['( name = "RELEASES", kvNamespace = "kv" )'] : [];
  const kv = store ? `( name = "kv", external = ( address = ${quote(store)}, http = () ) ),` : '';
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "bhcr", worker = .bhcr ),
    ${kv}
    ( name = "internet", network = ( allow = ["public", "private"] ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "bhcr" ) ],
);
const bhcr :Workerd.Worker = (
  modules = [
    ( name = "index.js", esModule = embed ${from(join(root, 'build/index.js'))} ),
    ( name = "./index_bg.wasm", wasm = embed ${from(join(root, 'build/index_bg.wasm'))} ),
  ],
  bindings = [ ${[...texts, ...namespace].join(', ')} ],
  compatibilityDate = ${quote(compatibilityDate())},
);
`;
}

function compatibilityDate() {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  return toml.match(/^compatibility_date = "(.*)"$/m)[1];
}

// Cap'n Proto's strings are quoted as JSON's are.
function quote(text) {
  return JSON.stringify(text);
}
