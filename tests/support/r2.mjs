import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import workerd from 'workerd';
import { simulatedR2 } from '../../dev/container/stores.mjs';
import { freePort } from '../../dev/ports.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';

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
