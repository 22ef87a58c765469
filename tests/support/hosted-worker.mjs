import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import workerd from 'workerd';
import { compatibility } from '../../dev/compatibility.mjs';
import { simulatedD1 } from '../../dev/container/stores.mjs';
import { freePort } from '../../dev/ports.mjs';
import { d1Binding, migrations } from './d1.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';
import { startR2 } from './r2.mjs';

/**
 * A Worker, `{ js, wasm? }`, with D1 in its process and R2 in another. Answers
 * `{ url, pid, output(), stop(), kill(), again() }`; `again` starts it once more on what is stored.
 * `front` may put something in front of R2: it takes and gives an address.
 */
export async function startHostedWorker(files, front = async (address) => address) {
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-hosted-'));
  const r2 = await startR2(dir);
  const address = await front(r2.address);
  let server;
  const start = async () => {
    server = await startWorker(dir, files, address);
    return server;
  };
  await start();
  const stop = async () => {
    await server.stop();
    await r2.stop();
    rmSync(dir, { recursive: true });
  };
  return {
    get url() {
      return server.url;
    },
    get pid() {
      return server.pid;
    },
    output: () => server.output(),
    async killed() {
      process.kill(server.pid, 'SIGKILL');
      await server.stop();
    },
    again: start,
    stop,
  };
}

async function startWorker(dir, { js, wasm }, r2) {
  const port = await freePort();
  const embed = (name, kind, file) =>
    `( name = "${name}", ${kind} = embed ${JSON.stringify(relative(dir, file))} )`;
  const modules = [embed('index.js', 'esModule', js)];
  if (wasm) modules.push(embed('./index_bg.wasm', 'wasm', wasm));
  const disk = join(dir, 'catalog');
  mkdirSync(disk, { recursive: true });
  const file = join(dir, 'worker.capnp');
  writeFileSync(file, config(port, modules, r2, disk));
  const url = `http://127.0.0.1:${port}`;
  const ready = () =>
    send(url, '/ready').then(
      (reply) => reply.status === 200,
      () => false,
    );
  const server = await startServer(workerd.default, ['serve', '--experimental', file], { ready });
  return { ...server, url };
}

function config(port, modules, r2, disk) {
  const { extension, services, workers } = simulatedD1(disk);
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "worker", worker = .worker ),
    ( name = "r2", external = ( address = "${r2}", http = () ) ),
    ${services},
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "worker" ) ],
  ${extension},
  # So that a test can tell memory that is in use from memory that nobody has collected yet.
  v8Flags = [ "--expose-gc" ],
);
const worker :Workerd.Worker = (
  modules = [ ${modules.join(', ')} ],
  bindings = [
    ( name = "OBJECTS", r2Bucket = "r2" ),
    ${d1Binding('database-entry')},
    ( name = "MIGRATIONS", text = ${JSON.stringify(migrations())} ),
  ],
  ${compatibility()},
);
${workers}
`;
}
