import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import workerd from 'workerd';
import { compatibilityDate } from '../../dev/compatibility.mjs';
import { freePort } from '../../dev/ports.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';
import { startR2 } from './r2.mjs';

/**
 * A Worker, `{ js, wasm? }`, in a process of its own, with a bucket in another. Answers
 * `{ url, pid, output(), stop() }`.
 */
export async function startHostedWorker({ js, wasm }) {
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-hosted-'));
  const r2 = await startR2(dir);
  const port = await freePort();
  const embed = (name, kind, file) =>
    `( name = "${name}", ${kind} = embed ${JSON.stringify(relative(dir, file))} )`;
  const modules = [embed('index.js', 'esModule', js)];
  if (wasm) modules.push(embed('./index_bg.wasm', 'wasm', wasm));
  const file = join(dir, 'worker.capnp');
  writeFileSync(file, config(port, modules, r2.address));
  const url = `http://127.0.0.1:${port}`;
  const ready = () =>
    send(url, '/ready').then(
      (reply) => reply.status === 200,
      () => false,
    );
  const server = await startServer(workerd.default, ['serve', '--experimental', file], { ready });
  const stop = async () => {
    await server.stop();
    await r2.stop();
    rmSync(dir, { recursive: true });
  };
  return { ...server, url, stop };
}

const config = (port, modules, r2) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "worker", worker = .worker ),
    ( name = "r2", external = ( address = "${r2}", http = () ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "worker" ) ],
);
const worker :Workerd.Worker = (
  modules = [ ${modules.join(', ')} ],
  bindings = [ ( name = "OBJECTS", r2Bucket = "r2" ) ],
  compatibilityDate = "${compatibilityDate()}",
);
`;
