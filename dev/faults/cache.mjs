import { freshSeconds, parseResponse, textResponse } from './cache-entry.mjs';
import { whole } from './forward.mjs';
import { altered, makeStore } from './store.mjs';
import { say, startTwin } from './twin.mjs';

/** The faults of a cache twin. */
export const CACHE_FAULTS = [
  ...['refuse', 'error', 'hang', 'forget', 'truncated'],
  ...['swapped', 'altered'],
];

/**
 * Starts a twin of the service behind the Cache API. Its keys are whole URLs. The runtime turns
 * `match` into a GET, `delete` into a PURGE, and `put` into a PUT whose body is the response with its
 * head. The twin keeps what a shared cache may keep, for as long as it may. `fail(kind)` makes it
 * fail. `get(key)`, `put(key, text, seconds)`, `remove` and `keys` are for tests.
 */
export async function startCacheTwin() {
  const store = makeStore();

  const methods = {
    GET(key, { response, fault }) {
      const kept = store.get(fault.kind === 'swapped' ? store.another(key) : key);
      // The runtime reads the header, not the status: a kept response may have status 504, too.
      if (kept === undefined) return response.writeHead(504, { 'CF-Cache-Status': 'MISS' }).end();
      response.writeHead(kept.status, hitHeaders(kept));
      if (fault.kind === 'altered') return response.end(altered(kept.body));
      if (fault.kind !== 'truncated') return response.end(kept.body);
      return response.write(kept.body.subarray(0, kept.body.length >> 1), () => response.destroy());
    },
    async PUT(key, { request, response, fault }) {
      const kept = parseResponse(await whole(request));
      if (freshSeconds(kept) === 0) return say(response, 413);
      if (fault.kind !== 'forget') keep(key, kept);
      return say(response, 204);
    },
    PURGE(key, { response }) {
      const wasThere = store.get(key) !== undefined;
      store.remove(key);
      return say(response, wasThere ? 200 : 404);
    },
  };

  const keep = (key, kept) => store.put(key, { ...kept, since: Date.now() }, freshSeconds(kept));

  const twin = await startTwin({ faults: CACHE_FAULTS, keyOf: (url) => url, methods });

  async function fail(kind, options) {
    await twin.fail(kind, options);
    if (kind === 'forget') store.keys().forEach(store.remove);
  }

  const get = (key) => store.get(key)?.body.toString();
  const put = (key, text, seconds) => keep(key, textResponse(text, seconds));
  const { remove, keys } = store;
  return { ...twin, fail, get, put, remove, keys };
}

function hitHeaders({ headers, body, since }) {
  const age = Math.floor((Date.now() - since) / 1000);
  const own = { Age: age, 'CF-Cache-Status': 'HIT', 'Content-Length': body.length };
  return [...headers, ...Object.entries(own)].flat();
}
