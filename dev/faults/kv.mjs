import { whole } from './forward.mjs';
import { makeStore } from './kv-store.mjs';
import { startServer } from './server.mjs';

const MIN_TTL = 60;
const MAX_KEY = 512;
const BEHIND_SECONDS = 60;

/** How a KV twin can fail. */
export const KV_FAULTS = ['refuse', 'error', 'hang', 'stale'];

/**
 * A twin of Workers KV that any number of Workers can share: the runtime turns each call on a
 * binding into a request to the service behind it. It refuses what the real one refuses, and
 * fails as it is told: `fail(kind)`, `fail('stale', { seconds })` for what was there that long
 * ago. `requests()` gives `{ method, key, status }` of what came. `get`, `put`, `remove` and `keys` are for tests.
 */
export async function startKvTwin() {
  const store = makeStore();
  const seen = [];
  const waiting = new Set();
  let fault = {};

  async function answer(request, response) {
    const url = new URL(request.url, 'http://kv');
    const key = decodeURIComponent(url.pathname.slice(1));
    const { method } = request;
    response.on('close', () => seen.push({ method, key, status: response.statusCode }));
    if (fault.kind === 'error') return say(response, 500, 'the store is out of order');
    if (fault.kind === 'hang') return wait(response);
    const length = Buffer.byteLength(key);
    if (length === 0 || length > MAX_KEY) return say(response, 400, 'a key has 1 to 512 bytes');
    if (!(method in methods)) return say(response, 405, 'no such method');
    return methods[method](key, { request, response, ttl: url.searchParams.get('expiration_ttl') });
  }

  const methods = {
    GET(key, { response }) {
      const ago = fault.kind === 'stale' ? fault.seconds * 1000 : 0;
      const value = store.get(key, Date.now() - ago);
      return value === undefined ? say(response, 404) : say(response, 200, value);
    },
    async PUT(key, { request, response, ttl }) {
      const value = await whole(request);
      if (ttl !== null && !(Number(ttl) >= MIN_TTL)) {
        return say(response, 400, `a time to live is at least ${MIN_TTL} seconds`);
      }
      if (!store.mayWrite(key)) return say(response, 429, 'one write a second to a key');
      store.put(key, value, ttl === null ? undefined : Number(ttl));
      return say(response, 200);
    },
    DELETE(key, { response }) {
      store.remove(key);
      return say(response, 200);
    },
  };

  function wait(response) {
    waiting.add(response);
    response.on('close', () => waiting.delete(response));
  }

  const server = await startServer((request, response) =>
    answer(request, response).catch(() => response.destroy()),
  );

  async function heal() {
    fault = {};
    for (const response of waiting) response.destroy();
    await server.open();
  }

  async function fail(kind, { seconds = BEHIND_SECONDS } = {}) {
    if (!KV_FAULTS.includes(kind)) throw new Error(`no such fault: ${kind}`);
    await heal();
    if (kind === 'refuse') return server.close();
    fault = { kind, seconds };
  }

  const { get, put, remove, keys } = store;
  const { address, stop } = server;
  return { address, fail, heal, requests: () => seen, get, put, remove, keys, stop };
}

function say(response, status, body) {
  response.writeHead(status).end(body);
}
