import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import workerd from 'workerd';
import { simulatedD1, simulatedR2 } from '../../dev/container/stores.mjs';
import { freePort } from '../../dev/ports.mjs';
import { migrations } from './d1.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';

/**
 * The local R2 and D1 in a process of their own, with the tables of hosted repositories: Workers
 * come and go, and what is stored stays. Answers `{ r2, d1, run(sql, …), keys(), lose(key), stop() }`,
 * the first two being addresses. `run` gives the rows of its last statement.
 */
export async function startStore() {
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-store-'));
  const [r2, d1] = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`);
  const file = join(dir, 'store.capnp');
  writeFileSync(file, config(dir, r2, d1));
  const ready = async () => (await answers(r2)) && (await answers(d1));
  const server = await startServer(workerd.default, ['serve', '--experimental', file], { ready });

  async function run(...statements) {
    const body = JSON.stringify(statements.map((sql) => ({ sql })));
    const reply = await send(`http://${d1}`, '/query', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (reply.status !== 200 || reply.json.success === false) throw new Error(reply.text);
    return reply.json.at(-1).results;
  }

  const bucket = (method, request) =>
    send(`http://${r2}`, '/', { method, ...asked(method, { version: 1, ...request }) });

  /** The keys of all objects. */
  async function keys() {
    const listed = [];
    let cursor;
    do {
      const { json } = await bucket('GET', { method: 'list', cursor });
      listed.push(...json.objects.map(({ name }) => name));
      ({ cursor } = json);
    } while (cursor);
    return listed;
  }

  /** Deletes an object behind the Worker's back. */
  const lose = (key) => bucket('PUT', { method: 'delete', object: key });

  const statements = migrations().split(/;\s*$/m);
  await run(...statements.filter((statement) => statement.trim() !== ''));
  const stop = async () => {
    // It would wait for connections that clients keep open.
    process.kill(server.pid, 'SIGKILL');
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { r2, d1, run, keys, lose, stop };
}

// The runtime sends what it asks R2 for in a header, or before the body of a PUT.
function asked(method, request) {
  const text = JSON.stringify(request);
  if (method === 'GET') return { headers: { 'cf-r2-request': text } };
  const length = `${Buffer.byteLength(text)}`;
  return { headers: { 'cf-r2-metadata-size': length, 'content-length': length }, body: text };
}

const answers = (address) =>
  send(`http://${address}`, '/').then(
    () => true,
    () => false,
  );

function config(dir, r2, d1) {
  const disk = (name) => {
    const path = join(dir, name);
    mkdirSync(path);
    return path;
  };
  const [bucket, database] = [simulatedR2(disk('objects')), simulatedD1(disk('catalog'))];
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ${bucket.services}, ${database.services} ],
  sockets = [
    ( name = "r2", address = "${r2}", http = (), service = "bucket-entry" ),
    ( name = "d1", address = "${d1}", http = (), service = "database-entry" ),
  ],
  ${bucket.extension},
);
${bucket.workers}
${database.workers}
`;
}
