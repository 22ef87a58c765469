import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulatedD1 } from '../../dev/container/stores.mjs';
import { root } from '../../dev/setup/paths.mjs';
import { send } from './http.mjs';
import { startSimulator } from './r2.mjs';

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
  const where = { dir, name: 'catalog', service: 'database-entry' };
  const server = await startSimulator(simulatedD1, where);

  async function run(sql, params = []) {
    const path = '/query?resultsFormat=NONE';
    const headers = { 'content-type': 'application/json' };
    const reply = await send(`http://${server.address}`, path, {
      ...{ method: 'POST', headers },
      body: JSON.stringify([{ sql, params }]),
    });
    if (reply.status !== 200) throw new Error(`D1 refuses ${sql}: ${reply.text}`);
  }

  await run(migrations());
  return { ...server, run };
}
