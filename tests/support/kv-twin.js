// Workers KV as a binding in plain workerd: the runtime turns each call on the binding into a
// request to the service behind it. Refuses what the real one refuses.

const entries = new Map();
const MIN_TTL = 60;
const MAX_KEY = 512;

export default {
  async fetch(request) {
    const url = new URL(request.url);
    const key = decodeURIComponent(url.pathname.slice(1));
    if (key.length === 0 || new TextEncoder().encode(key).length > MAX_KEY) {
      return new Response('a key has 1 to 512 bytes', { status: 400 });
    }
    return methods[request.method](key, url.searchParams, request);
  },
};

const methods = {
  async GET(key) {
    const entry = entries.get(key);
    if (!entry || entry.until <= Date.now()) return new Response(null, { status: 404 });
    return new Response(entry.value);
  },
  async PUT(key, options, request) {
    const ttl = options.get('expiration_ttl');
    if (ttl !== null && !(Number(ttl) >= MIN_TTL)) {
      return new Response(`a time to live is at least ${MIN_TTL} seconds`, { status: 400 });
    }
    const until = ttl === null ? Number.POSITIVE_INFINITY : Date.now() + Number(ttl) * 1000;
    entries.set(key, { value: await request.arrayBuffer(), until });
    return new Response(null);
  },
  async DELETE(key) {
    entries.delete(key);
    return new Response(null);
  },
};
