import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import workerd from 'workerd';
import { freePort } from '../../dev/ports.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';

const workers = join(dirname(fileURLToPath(import.meta.resolve('miniflare'))), 'workers');
const script = (file) => JSON.stringify(readFileSync(join(workers, file), 'utf8'));

/** The modules of wrangler's simulators, as Cap'n Proto has them. */
export const simulator = {
  script,
  extension: `( modules = [
    ( name = "miniflare:shared", esModule = ${script('shared/index.worker.js')} ),
    ( name = "miniflare:zod", esModule = ${script('shared/zod.worker.js')} ),
  ] )`,
};

/**
 * The local R2 in a process of its own, with what it keeps in `dir`: the process of a Worker that
 * uses it has the Worker's memory alone. Answers `{ address, output(), stop() }`.
 */
export async function startR2(dir) {
  const port = await freePort();
  const disk = join(dir, 'objects');
  mkdirSync(disk, { recursive: true });
  const file = join(dir, 'r2.capnp');
  writeFileSync(file, config(port, disk));
  const url = `http://127.0.0.1:${port}`;
  const ready = () =>
    send(url, '/').then(
      () => true,
      () => false,
    );
  const server = await startServer(workerd.default, ['serve', '--experimental', file], { ready });
  return { ...server, address: `127.0.0.1:${port}` };
}

// The bucket as wrangler dev starts it, with nothing in front.
const config = (port, disk) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "entry", worker = .entry ),
    ( name = "bucket", worker = .bucket ),
    ( name = "log", worker = .log ),
    ( name = "disk", disk = ( path = ${JSON.stringify(disk)}, writable = true ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "entry" ) ],
  extensions = [ ${simulator.extension} ],
);
const entry :Workerd.Worker = (
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
  durableObjectStorage = ( localDisk = "disk" ),
  bindings = [
    ( name = "MINIFLARE_BLOBS", service = "disk" ),
    ( name = "MINIFLARE_LOOPBACK", service = "log" ),
  ],
);
const log :Workerd.Worker = (
  compatibilityDate = "2023-07-24",
  modules = [ ( name = "log.js", esModule =
    "export default { async fetch(request) { console.log(await request.text()); return new Response(); } }" ) ],
);
`;
