// What the container keeps on disk in place of Workers KV and of the cache.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import workerd from 'workerd';
import { freePort } from '../../dev/ports.mjs';
import { root } from '../../dev/setup/paths.mjs';
import { scratch } from '../support/clients.mjs';
import { send } from '../support/http.mjs';
import { startServer } from '../support/process.mjs';

const MAX_BYTES = 64 << 20;
const LARGE = 'x'.repeat(1 << 20);

const dir = scratch('kept');
const disk = join(dir, 'disk');
mkdirSync(disk);
let server = await start();
after(() => server.stop());

async function start() {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const file = join(dir, 'kept.capnp');
  writeFileSync(
    file,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ( name = "kept", worker = .kept ),
    ( name = "disk", disk = ( path = ${JSON.stringify(disk)}, writable = true ) ),
  ],
  sockets = [ ( name = "http", address = "127.0.0.1:${port}", http = (), service = "kept" ) ],
);
const kept :Workerd.Worker = (
  modules = [ ( name = "kept.js", esModule = embed ${JSON.stringify(relative(dir, join(root, 'container/kept.js')))} ) ],
  bindings = [ ( name = "SHELF", durableObjectNamespace = "Shelf" ) ],
  durableObjectNamespaces = [ ( className = "Shelf", uniqueKey = "s", enableSql = true ) ],
  durableObjectStorage = ( localDisk = "disk" ),
  compatibilityDate = "2026-10-20",
);`,
  );
  const ready = () =>
    send(url, '/ready').then(
      () => true,
      () => false,
    );
  return {
    ...(await startServer(workerd.default, ['serve', '--experimental', file], { ready })),
    url,
  };
}

const put = (key, body, seconds = 60) =>
  send(server.url, `/${key}?expiration_ttl=${seconds}`, { method: 'PUT', body });
async function get(key) {
  const { status, text } = await send(server.url, `/${encodeURIComponent(key)}`);
  return status === 200 ? text : undefined;
}

test('a value is there until it is removed or replaced, also after a restart', async () => {
  await put('a%2Fb', 'one');
  assert.equal(await get('a/b'), 'one');
  await put('a%2Fb', 'two');
  await server.stop();
  server = await start();
  assert.equal(await get('a/b'), 'two');
  await send(server.url, '/a%2Fb', { method: 'DELETE' });
  assert.equal(await get('a/b'), undefined);
});

test('a value is not there when its time is over', async () => {
  await put('late', 'value', 0);
  assert.equal(await get('late'), undefined);
});

test('the oldest values go when there are too many bytes', async () => {
  await put('first', LARGE);
  const more = MAX_BYTES / LARGE.length;
  for (let at = 0; at < more; at += 1) await put(`more-${at}`, LARGE);
  assert.equal(await get('first'), undefined);
  assert.ok((await get(`more-${more - 1}`)) === LARGE);
});
