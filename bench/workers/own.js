// Runs Workers in a loop within one request, with nothing but the runtime around them: no server, no
// network, no stores. What upstream and the Cache would answer is made here, the same for each side.

import duties from './duties.js';
import empty from './empty.js';
import bhcr from './index.js';

const HEADERS = { 'content-type': 'application/json' };
const context = { waitUntil() {} };
const cached = new Map();
const stored = new Map();
let setting;

// A property of the global scope cannot simply be assigned where the runtime defines it.
function replace(name, value) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

async function upstream(url, { headers } = {}) {
  const { pathname } = new URL(url);
  if (pathname.startsWith('/v7/')) return new Response(setting.release, { headers: HEADERS });
  if (pathname.startsWith('/auth/')) return new Response(setting.token, { headers: HEADERS });
  const known = headers['if-none-match'] !== undefined;
  const asked = pathname.split('/').at(-1);
  const found = setting.found.get(asked) ?? setting.manifests[0];
  return new Response(known ? null : found.text, {
    status: known ? 304 : 200,
    headers: {
      'content-type': setting.type,
      'content-length': String(found.text.length),
      'docker-content-digest': found.digest,
      etag: `"${found.digest}"`,
    },
  });
}

const cache = {
  async match(url) {
    const text = cached.get(url);
    return text === undefined ? undefined : new Response(text);
  },
  async put(url, response) {
    cached.set(url, await response.text());
  },
  async delete(url) {
    return cached.delete(url);
  },
};

const store = {
  get: async (key) => stored.get(key) ?? null,
  put: async (key, text) => void stored.set(key, text),
  delete: async (key) => void stored.delete(key),
};

/** What the driver asks: `POST /` prepares all sides, `GET /<side>?times=` runs one. */
export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'POST')
      return prepare(await request.json(), env).catch((e) => new Response(e.stack));
    await sides[pathname.slice(1)](Number(searchParams.get('times')));
    // Each side pays for its own garbage, and for no other side's.
    gc({ type: 'minor' });
    return new Response('done');
  },
};

let sides;

async function prepare(given, { ORIGIN, ...env }) {
  const found = new Map(given.manifests.map((manifest) => [manifest.digest, manifest]));
  setting = { ...given, found };
  replace('fetch', upstream);
  replace('caches', { default: cache });
  const own = { ...env, RELEASES: store };
  const scope = encodeURIComponent(`repository:${given.name}:pull`);
  const asked = new Request(`${ORIGIN}/auth/v1/token?service=bench&scope=${scope}`);
  const { token } = await (await bhcr.fetch(asked, own, context)).json();
  const ask = (reference, bearer = token) =>
    new Request(`${ORIGIN}/v2/${given.name}/manifests/${reference}`, {
      headers: { authorization: `Bearer ${bearer}`, accept: given.type },
    });
  const [first, ...many] = given.manifests.map(({ digest }) => ask(digest));
  const tag = ask('latest');
  const sealed = (reference) => ask(reference, given.sealed);
  const served = {
    empty: [empty, [first], {}],
    js_edge: [duties, [sealed(given.manifests[0].digest)], env],
    bhcr_warm: [bhcr, [first], own],
    bhcr_cache: [bhcr, many, own],
    js_duties: [duties, [sealed('latest')], env],
    bhcr_pass: [bhcr, [tag], own],
  };
  sides = Object.fromEntries(Object.entries(served).map(([id, side]) => [id, loop(...side)]));
  // Afterwards every manifest is in the Cache, and memory has the last of them.
  await sides.bhcr_cache(many.length);
  return Response.json(await Promise.all(Object.values(served).map(status)));
}

// The statuses tell the driver whether every side serves what is measured.
const status = async ([worker, [request], env]) =>
  (await worker.fetch(request, env, context)).status;

// A server gives each request a new object. Here requests are used again, on every side.
function loop(worker, requests, env) {
  let at = 0;
  return async (times) => {
    for (let done = 0; done < times; done++) {
      const answer = worker.fetch(requests[at], env, context);
      at = (at + 1) % requests.length;
      if (answer instanceof Promise) await answer;
    }
  };
}
