// What the tests run the bindings against: a KV namespace and a Cache of the real runtime, and a
// server.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { getPlatformProxy } from 'wrangler';

const ends = [];

/** The environment of `wrangler.toml`, with a namespace that the runtime keeps in memory. */
export async function openNamespace() {
  const { env, dispose } = await getPlatformProxy({ persist: false });
  ends.push(dispose);
  return env;
}

const EMPTY = {
  name: 'empty',
  compatibilityDate: '2026-10-20',
  manifest: {
    mainModule: 'empty.mjs',
    modules: { 'empty.mjs': { type: 'esm', contents: 'export default {}' } },
  },
};

/** An environment with an empty D1 database that the runtime keeps in memory. */
export async function openDatabase() {
  const config = { ...EMPTY, env: { CATALOG: { type: 'd1', id: 'catalog' } } };
  const miniflare = new Miniflare({ workers: [{ config }] });
  ends.push(() => miniflare.dispose());
  return miniflare.getBindings();
}

/** The same with the tables of `migrations/`. */
export async function openCatalog() {
  const env = await openDatabase();
  for (const file of readdirSync('migrations').sort()) {
    const text = readFileSync(join('migrations', file), 'utf8').replace(/--.*/g, '');
    const statements = text.split(';').filter((statement) => statement.trim());
    await env.CATALOG.batch(statements.map((statement) => env.CATALOG.prepare(statement)));
  }
  return env;
}

/** Makes `caches.default` what it is in a Worker: a Cache in the runtime's memory, empty at first. */
export async function openCache() {
  // The Cache that getPlatformProxy gives never finds anything.
  const miniflare = new Miniflare({ workers: [{ config: EMPTY }] });
  const { default: cache } = await miniflare.getCaches();
  // Miniflare's Response is another class than the global one, which Rust expects.
  async function match(...asked) {
    const found = await cache.match(...asked);
    return found && new Response(found.body, found);
  }
  const put = (...given) => cache.put(...given);
  const remove = (...asked) => cache.delete(...asked);
  globalThis.caches = { default: { match, put, delete: remove } };
  ends.push(() => {
    delete globalThis.caches;
    return miniflare.dispose();
  });
}

const pages = {
  '/hello': (_, response) => {
    response.setHeader('content-type', 'text/plain');
    response.setHeader('content-length', 5);
    response.setHeader('etag', '"greeting"');
    response.setHeader('x-other', 'unread');
    response.end('hello');
  },
  '/echo': ({ method, headers }, response) =>
    response.end(`${method} ${headers.authorization} ${headers.accept}`),
  '/redirect': (_, response) =>
    response.writeHead(307, { location: 'http://storage.example/x' }).end(),
  '/unchanged': (_, response) => response.writeHead(304, { etag: '"greeting"' }).end(),
  '/large': (_, response) => response.end('x'.repeat(100_000)),
  '/large/chunked': (_, response) => {
    for (let at = 0; at < 10; at += 1) response.write('x'.repeat(10_000));
    response.end();
  },
  '/hang': () => {},
  '/drip': (_, response) => response.write('x'),
  '/break': (_, response) => response.socket.destroy(),
};

/** Starts a server with the pages that the contract suite of upstreams needs. Answers its origin. */
export async function startSite() {
  const server = createServer((request, response) => {
    const page = pages[request.url] ?? ((_, missing) => missing.writeHead(404).end());
    page(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** Stops everything that was started here. */
export async function endWorld() {
  for (const end of ends.splice(0)) await end();
}

export const textOf = (response) => response.text();
