import './failed-test.mjs';
import { startWorkerd } from './workerd.mjs';

const SCRIPT = `
  const calls = {
    ping: () => 'pong',
    async match({ key }) {
      const found = await caches.default.match(key);
      return found && { status: found.status, text: await found.text() };
    },
    put: ({ key, text, method = 'GET', ...init }) =>
      caches.default.put(new Request(key, { method }), new Response(text, init)),
    delete: ({ key }) => caches.default.delete(key),
  };
  export default {
    async fetch(request) {
      const given = request.method === 'POST' ? await request.json() : { call: 'ping' };
      try {
        return Response.json({ answer: (await calls[given.call](given)) ?? null });
      } catch (error) {
        return Response.json({ error: error.message });
      }
    },
  };
`;

/**
 * Starts a Worker that makes calls of the Cache API for a test: `ask(call, given)` answers
 * `{ answer }` or `{ error }`. The calls are `match`, `put` with `{ text, headers, status, method }`,
 * and `delete`.
 */
export async function startCacheCaller(cache) {
  const { url, stop } = await startWorkerd({}, { kv: false, cache, script: SCRIPT });
  async function ask(call, given, { signal } = {}) {
    const body = JSON.stringify({ call, ...given });
    return (await fetch(url, { method: 'POST', body, signal })).json();
  }
  return { ask, stop };
}

/** The answer of `match` if nothing is found, and of every `put`. */
export const NOTHING = { answer: null };

export const hit = (text) => ({ answer: { status: 200, text } });

let serial = 0;

/** The arguments of a call: a key that no test has used, a text, and for how long to keep it. */
export const given = (text = 'x', cacheControl = 'max-age=60') => ({
  key: `https://cache.internal/twin/${++serial}?a=%20b`,
  text,
  headers: { 'cache-control': cacheControl },
});
