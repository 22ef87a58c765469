import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import workerd from 'workerd';
import { freePort } from '../../dev/ports.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';

const workers = join(dirname(fileURLToPath(import.meta.resolve('miniflare'))), 'workers');
const script = (file) => JSON.stringify(readFileSync(join(workers, file), 'utf8'));

const extension = `extensions = [ ( modules = [
    ( name = "miniflare:shared", esModule = ${script('shared/index.worker.js')} ),
    ( name = "miniflare:zod", esModule = ${script('shared/zod.worker.js')} ),
  ] ) ]`;

const onDisk = (name, path) =>
  `( name = "${name}", disk = ( path = ${JSON.stringify(path)}, writable = true ) )`;

/**
 * Wrangler's simulator of R2, as Cap'n Proto has it: a bucket is the service `bucket-entry`, and
 * keeps its objects in `disk`.
 */
export const simulatedR2 = (disk) => ({
  extension,
  services: [
    '( name = "bucket-entry", worker = .bucketEntry )',
    '( name = "bucket", worker = .bucket )',
    '( name = "bucket-log", worker = .bucketLog )',
    onDisk('bucket-disk', disk),
  ].join(', '),
  workers: `
const bucketEntry :Workerd.Worker = (
  compatibilityDate = "2023-07-24",
  modules = [ ( name = "entry.js", esModule = ${script('shared/object-entry.worker.js')} ) ],
  bindings = [
    ( name = "MINIFLARE_NAMESPACE", text = "objects" ),
    ( name = "MINIFLARE_OBJECT",
      durableObjectNamespace = ( className = "R2BucketObject", serviceName = "bucket" ) ),
  ],
);
const bucket :Workerd.Worker = (
  compatibilityDate = "2023-07-24",
  compatibilityFlags = [ "nodejs_compat", "experimental" ],
  modules = [ ( name = "bucket.js", esModule = ${script('r2/bucket.worker.js')} ) ],
  durableObjectNamespaces = [
    ( className = "R2BucketObject", uniqueKey = "miniflare-R2BucketObject" ),
  ],
  durableObjectStorage = ( localDisk = "bucket-disk" ),
  bindings = [
    ( name = "MINIFLARE_BLOBS", service = "bucket-disk" ),
    ( name = "MINIFLARE_LOOPBACK", service = "bucket-log" ),
  ],
);
const bucketLog :Workerd.Worker = (
  compatibilityDate = "2023-07-24",
  modules = [ ( name = "log.js", esModule =
    "export default { async fetch(request) { console.log(await request.text()); return new Response(); } }" ) ],
);`,
});

/** The same of D1: the database is the service `database-entry`. */
export const simulatedD1 = (disk) => ({
  extension,
  services: [
    '( name = "database-entry", worker = .databaseEntry )',
    '( name = "database", worker = .database )',
    onDisk('database-disk', disk),
  ].join(', '),
  workers: `
const databaseEntry :Workerd.Worker = (
  compatibilityDate = "2023-07-24",
  compatibilityFlags = [ "enhanced_error_serialization" ],
  modules = [ ( name = "entry.js", esModule = ${script('d1/entry.worker.js')} ) ],
  bindings = [
    ( name = "MINIFLARE_NAMESPACE", text = "catalog" ),
    ( name = "MINIFLARE_OBJECT",
      durableObjectNamespace = ( className = "D1DatabaseObject", serviceName = "database" ) ),
  ],
);
const database :Workerd.Worker = (
  compatibilityDate = "2023-07-24",
  compatibilityFlags = [ "nodejs_compat", "experimental" ],
  modules = [ ( name = "database.js", esModule = ${script('d1/database.worker.js')} ) ],
  durableObjectNamespaces = [
    ( className = "D1DatabaseObject", uniqueKey = "miniflare-D1DatabaseObject" ),
  ],
  durableObjectStorage = ( localDisk = "database-disk" ),
  bindings = [ ( name = "MINIFLARE_BLOBS", service = "database-disk" ) ],
);`,
});

/**
 * The local R2 in a process of its own, with what it keeps in `dir`: the process of a Worker that
 * uses it has the Worker's memory alone. Answers `{ address, output(), stop() }`.
 */
export const startR2 = (dir) =>
  startSimulator(simulatedR2, { dir, name: 'objects', service: 'bucket-entry' });

/**
 * Starts one of these simulators in a process of its own, as wrangler dev starts it, with nothing in
 * front. It keeps what it has in the folder `name` of `dir`.
 */
export async function startSimulator(simulated, { dir, name, service }) {
  const address = `127.0.0.1:${await freePort()}`;
  const disk = join(dir, name);
  mkdirSync(disk, { recursive: true });
  const file = join(dir, `${name}.capnp`);
  writeFileSync(file, config(address, service, simulated(disk)));
  const ready = () =>
    send(`http://${address}`, '/').then(
      () => true,
      () => false,
    );
  const server = await startServer(workerd.default, ['serve', '--experimental', file], { ready });
  return { ...server, address };
}

const config = (address, service, { extension, services, workers }) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ${services} ],
  sockets = [ ( name = "http", address = "${address}", http = (), service = "${service}" ) ],
  ${extension},
);
${workers}
`;
