// Serves manifests in plain JavaScript, and keeps bhcr's promises about them (bench/README.md): what
// the runtime itself allows for these duties. A digest is answered from memory. For a tag the
// registry is asked each time whether it has a newer manifest than memory.
import { Memory } from './memory.js';
import { TYPES } from './rewrite.js';
import { bearer, granted, open } from './session.js';

const DEADLINE_MS = 10_000;
// The grammar of the specification, for the raw URL: a parsed one would have its dots folded.
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REFERENCE = 'sha256:[0-9a-f]{64}|[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}';
const MANIFEST = new RegExp(
  `^https?://[^/]+/v2/(${PART}(?:/${PART})*)/manifests/(${REFERENCE})(?:\\?|$)`,
);
const ERROR = JSON.stringify({ errors: [{ code: 'DENIED', message: 'no such manifest' }] });

const memory = new Memory();
let asked = 0;

export default {
  fetch(request, env, context) {
    const exchange = begin(request);
    const session = memory.recall(exchange.token);
    const known = session && remembered(exchange, session);
    if (known) return answer(exchange, known, 'memory');
    const answering = ask(exchange, session, env);
    // So that a request has its line where the client goes away before its answer, too.
    context.waitUntil(answering);
    return answering;
  },
};

function begin(request) {
  const [, name, reference] = MANIFEST.exec(request.url) ?? [];
  const id = (asked++).toString(16).padStart(16, '0');
  const condition = request.headers.get('if-none-match');
  const token = bearer(request);
  return { request, id, name, reference, condition, token, began: Date.now(), calls: 0, waited: 0 };
}

const isDigest = (reference) => reference?.includes(':');

function remembered({ name, reference }, session) {
  const location = isDigest(reference) && granted(session, name);
  return location && memory.recall(`${location}/${reference}`);
}

async function ask(exchange, known, env) {
  const session = known ?? (await opened(exchange.token, env.KEY));
  const location = session && exchange.name && granted(session, exchange.name);
  const manifest = location && (await asking(exchange, location, session.token, env.REGISTRY));
  return manifest ? answer(exchange, manifest, 'registry') : refuse(exchange, location ? 404 : 401);
}

async function opened(token, key) {
  const session = token && (await open(token, key).catch(() => undefined));
  if (session) memory.remember(token, session, 2 * token.length);
  return session;
}

async function asking(exchange, location, token, registry) {
  const { reference } = exchange;
  const upstream = isDigest(reference) ? reference : 'latest';
  const key = `${location}/${upstream}`;
  const had = memory.recall(key);
  const headers = {
    accept: TYPES,
    'accept-encoding': 'identity',
    authorization: `Bearer ${token}`,
  };
  if (had) headers['if-none-match'] = had.etag;
  const init = { headers, redirect: 'manual', cache: 'no-store' };
  const began = Date.now();
  exchange.calls += 1;
  const manifest = await within(DEADLINE_MS, async (signal) => {
    const reply = await fetch(`${registry}/${location}/manifests/${upstream}`, { ...init, signal });
    if (reply.status === 304) return had;
    return reply.status === 200 ? verified(reply) : undefined;
  });
  exchange.waited = Date.now() - began;
  if (manifest && manifest !== had) {
    for (const name of [key, `${location}/${manifest.digest}`])
      memory.remember(name, manifest, manifest.text.length);
  }
  return manifest;
}

async function within(deadline, act) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), deadline);
  try {
    return await act(abort.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function verified(reply) {
  const bytes = new Uint8Array(await reply.arrayBuffer());
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const digest = `sha256:${hash.toHex()}`;
  if (digest !== reply.headers.get('docker-content-digest')) return undefined;
  const etag = `"${digest}"`;
  const unchanged = new Headers({
    'cache-control': 'private, no-transform',
    'docker-content-digest': digest,
    etag,
    'docker-distribution-api-version': 'registry/2.0',
    'x-content-type-options': 'nosniff',
  });
  const headers = new Headers(unchanged);
  headers.set('content-type', reply.headers.get('content-type'));
  return { text: new TextDecoder().decode(bytes), digest, etag, headers, unchanged };
}

function answer(exchange, manifest, content) {
  const { request, id, condition, waited } = exchange;
  const isUnchanged = condition === manifest.etag;
  const status = isUnchanged ? 304 : 200;
  const ms = log(exchange, status, content);
  // The headers are kept with the manifest, as bhcr keeps them: to copy them costs a fraction.
  const headers = isUnchanged ? manifest.unchanged : manifest.headers;
  const timing = `total;dur=${ms}, upstream;dur=${waited}`;
  if (headers.timing !== timing) headers.set('server-timing', timing);
  headers.timing = timing;
  headers.set('x-request-id', id);
  const body = isUnchanged || request.method === 'HEAD' ? null : manifest.text;
  return new Response(body, { status, headers });
}

function refuse(exchange, status) {
  log(exchange, status);
  const headers = { 'content-type': 'application/json', 'x-request-id': exchange.id };
  return new Response(ERROR, { status, headers });
}

// Answers how many milliseconds the request took.
function log({ request, id, name, began, calls, waited }, status, content) {
  const ms = Date.now() - began;
  const aborted = (ms > 0 && request.signal.aborted) || undefined;
  const [counts, route] = [{ upstream_calls: calls, upstream_ms: waited }, 'manifest'];
  console.log(
    JSON.stringify({ request_id: id, route, name, status, ms, content, ...counts, aborted }),
  );
  return ms;
}
