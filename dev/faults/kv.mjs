import { whole } from './forward.mjs';
import { altered, makeStore } from './store.mjs';
import { say, startTwin } from './twin.mjs';

const MIN_TTL = 60;
const MAX_KEY = 512;
const BEHIND_SECONDS = 60;

/** The faults of a KV twin. */
export const KV_FAULTS = ['refuse', 'error', 'hang', 'stale', 'swapped', 'altered'];

/**
 * Starts a twin of Workers KV. The runtime turns each call of a binding into a request to the service
 * behind it, which this is. It refuses what the real KV refuses. `fail(kind)` makes it fail; after
 * `fail('stale', { seconds })` it answers with the values of so many seconds ago. `get`, `put`,
 * `remove` and `keys` are for tests.
 */
export async function startKvTwin() {
  const store = makeStore();

  const methods = {
    GET(key, { response, fault }) {
      const { kind, seconds = BEHIND_SECONDS } = fault;
      const ago = kind === 'stale' ? seconds * 1000 : 0;
      const value = store.get(kind === 'swapped' ? store.another(key) : key, Date.now() - ago);
      if (value === undefined) return say(response, 404);
      return say(response, 200, kind === 'altered' ? altered(value) : value);
    },
    async PUT(key, { request, response }) {
      const ttl = parsed(request.url).searchParams.get('expiration_ttl');
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

  const { get, put, remove, keys } = store;
  const twin = await startTwin({ faults: KV_FAULTS, keyOf, methods: withGoodKeys(methods) });
  return { ...twin, get, put, remove, keys };
}

const parsed = (url) => new URL(url, 'http://kv');

const keyOf = (url) => decodeURIComponent(parsed(url).pathname.slice(1));

function withGoodKeys(methods) {
  const checked = (method) => (key, call) => {
    const length = Buffer.byteLength(key);
    if (length === 0 || length > MAX_KEY)
      return say(call.response, 400, 'a key has 1 to 512 bytes');
    return method(key, call);
  };
  return Object.fromEntries(Object.entries(methods).map(([name, it]) => [name, checked(it)]));
}
