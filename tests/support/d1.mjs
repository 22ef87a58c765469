import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import workerd from 'workerd';
import { freePort } from '../../dev/ports.mjs';
import { root } from '../../dev/setup/paths.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';
import { simulatedD1 } from './r2.mjs';

/** The binding of a Worker to a service that is D1, in Cap'n Proto. */
export const d1Binding = (service) => `( name = "CATALOG", wrapped = (
  moduleName = "cloudflare-internal:d1-api",
  innerBindings = [ ( name = "fetcher", service = "${service}" ) ] ) )`;

/** The SQL of all migrations, in their order. */
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

function config(port, disk) {
  const { extension, services, workers } = simulatedD1(disk);
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ${services} ],
  sockets = [
    ( name = "http", address = "127.0.0.1:${port}", http = (), service = "database-entry" ),
  ],
  ${extension},
);
${workers}
`;
}
