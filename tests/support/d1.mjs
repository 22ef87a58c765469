import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import workerd from 'workerd';
import { freePort } from '../../dev/ports.mjs';
import { root } from '../../dev/setup/paths.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';
import { simulator } from './r2.mjs';

/** What D1 is made of, in Cap'n Proto. The Workers below need the services `database` and `disk`. */
export const d1 = {
  /** The binding of a Worker to the service `d1`. */
  binding: `( name = "CATALOG", wrapped = ( moduleName = "cloudflare-internal:d1-api",
    innerBindings = [ ( name = "fetcher", service = "d1" ) ] ) )`,
  services: (disk) => `
    ( name = "d1", worker = .entry ),
    ( name = "database", worker = .database ),
    ( name = "disk", disk = ( path = ${JSON.stringify(disk)}, writable = true ) ),`,
  workers: `
const entry :Workerd.Worker = (
  compatibilityDate = "2023-07-24",
  compatibilityFlags = [ "enhanced_error_serialization" ],
  modules = [ ( name = "entry.js", esModule = ${simulator.script('d1/entry.worker.js')} ) ],
  bindings = [
    ( name = "MINIFLARE_NAMESPACE", text = "catalog" ),
    ( name = "MINIFLARE_OBJECT",
      durableObjectNamespace = ( className = "D1DatabaseObject", serviceName = "database" ) ),
  ],
);
const database :Workerd.Worker = (
  compatibilityDate = "2023-07-24",
  compatibilityFlags = [ "nodejs_compat", "experimental" ],
  modules = [ ( name = "database.js", esModule = ${simulator.script('d1/database.worker.js')} ) ],
  durableObjectNamespaces = [
    ( className = "D1DatabaseObject", uniqueKey = "miniflare-D1DatabaseObject" ),
  ],
  durableObjectStorage = ( localDisk = "disk" ),
  bindings = [ ( name = "MINIFLARE_BLOBS", service = "disk" ) ],
);
`,
};

/** The SQL of all migrations. */
export function migrations() {
  const dir = join(root, 'migrations');
  const files = readdirSync(dir).filter((name) => name.endsWith('.sql'));
  return files
    .sort()
    .map((name) => readFileSync(join(dir, name), 'utf8'))
    .join('\n');
}

/**
 * The local D1 in a process of its own, with every migration, and with what it keeps in `dir`.
 * Answers `{ address, run(sql, params), output(), stop() }`.
 */
export async function startD1(dir) {
  const port = await freePort();
  const disk = join(dir, 'catalog');
  mkdirSync(disk, { recursive: true });
  const file = join(dir, 'd1.capnp');
  writeFileSync(file, config(port, disk));
  const url = `http://127.0.0.1:${port}`;
  const ready = () =>
    send(url, '/').then(
      () => true,
      () => false,
    );
  const server = await startServer(workerd.default, ['serve', '--experimental', file], { ready });

  async function run(sql, params = []) {
    const path = '/query?resultsFormat=NONE';
    const headers = { 'content-type': 'application/json' };
    const reply = await send(url, path, {
      ...{ method: 'POST', headers },
      body: JSON.stringify([{ sql, params }]),
    });
    if (reply.status !== 200) throw new Error(`D1 refuses ${sql}: ${reply.text}`);
  }

  await run(migrations());
  return { ...server, run, address: `127.0.0.1:${port}` };
}

const config = (port, disk) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ${d1.services(disk)} ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "d1" ) ],
  extensions = [ ${simulator.extension} ],
);
${d1.workers}`;
