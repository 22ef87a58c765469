import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../setup/paths.mjs';

const workers = join(dirname(fileURLToPath(import.meta.resolve('miniflare'))), 'workers');
const text = (file) => JSON.stringify(readFileSync(file, 'utf8'));
const script = (file) => text(join(workers, file));

const extension = `extensions = [ ( modules = [
    ( name = "miniflare:shared", esModule = ${script('shared/index.worker.js')} ),
    ( name = "miniflare:zod", esModule = ${script('shared/zod.worker.js')} ),
  ] ) ]`;

const onDisk = (name, path) =>
  `( name = "${name}", disk = ( path = ${JSON.stringify(path)}, writable = true ) )`;

/**
 * Wrangler's simulator of R2, as Cap'n Proto has it, ending multipart uploads as R2 does: a bucket is
 * the service `bucket-entry`, and keeps its objects in `disk`.
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
  modules = [
    ( name = "bucket.js", esModule = ${text(join(root, 'container/bucket.js'))} ),
    ( name = "simulated.js", esModule = ${script('r2/bucket.worker.js')} ),
  ],
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

/** Wrangler's simulator of D1: the database is the service `database-entry`, and lies in `disk`. */
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
