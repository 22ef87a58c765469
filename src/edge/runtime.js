// The JavaScript side of `edge`. Each function takes and gives everything at once: a request costs
// more in crossings between WebAssembly and JavaScript than in the work on either side.
//
// Headers cross as a block: name, line break, value, and a line break before the next name. No
// header can hold a line break.

const NOT_MODIFIED = 304;

// How much of a refused body is read at most, in bytes, and for how long, in milliseconds. A client
// that sends slowly must not hold its request open.
const DRAINED = 16 << 20;
const DRAIN_MS = 2000;

const encoder = new TextEncoder();

/** Method, URL and a block of the headers `names`, with line breaks between. */
export function readRequest({ method, url, headers }, names) {
  return `${method}\n${url}${block(headers, names)}`;
}

export const readHeader = (request, name) => request.headers.get(name) ?? undefined;

export const isAborted = (request) => request.signal.aborted;

/** Status and a block of the headers `names`, with line breaks between. */
export function readReply(response, names) {
  return `${response.status}${block(response.headers, names)}`;
}

export const makeHeaders = (text) => new Headers(fields(text.split('\n')));

/** A response with a copy of `headers`, in which `id` is the only one that changes. */
export function respond(status, headers, id, body) {
  headers.set('x-request-id', id);
  return new Response(body, { status, headers });
}

/** Calls `settle` with the number of a promise and what the promise comes to. */
export function follow(promise, number, settle) {
  promise.then(
    (value) => settle(number, true, value),
    (error) => settle(number, false, error),
  );
}

/**
 * The response to a call, as soon as its headers are there, within `deadline` milliseconds. A call
 * is method, URL and a block of headers, with line breaks between.
 */
export async function send(call, deadline) {
  const { signal, timer } = watched(deadline);
  try {
    return await fetch(...prepared(call, signal));
  } finally {
    // A body that is handed through has no deadline.
    clearTimeout(timer);
  }
}

/**
 * If the body has at most `limit` bytes: what `readReply` gives, an empty line, and the body's
 * text. Otherwise the response, with its whole body.
 */
export async function sendAndRead(call, deadline, names, limit) {
  const { signal, timer } = watched(deadline);
  try {
    const response = await fetch(...prepared(call, signal));
    // To read a header costs time, and a 304 has no new ones.
    if (response.status === NOT_MODIFIED) return `${NOT_MODIFIED}\n\n`;
    const body = await readUpTo(response, limit);
    return typeof body === 'string' ? `${readReply(response, names)}\n\n${body}` : body;
  } finally {
    clearTimeout(timer);
  }
}

function watched(deadline) {
  const abort = new AbortController();
  // Created lazily: capturing a stack on every call is costly.
  const late = () => abort.abort(new DOMException('the deadline passed', 'TimeoutError'));
  return { signal: abort.signal, timer: setTimeout(late, deadline) };
}

/** Writes a text, and gives its length in bytes; a negative number if it does not fit. */
export function encode(text, bytes) {
  const { read, written } = encoder.encodeInto(text, bytes);
  return read === text.length ? written : -1;
}

/** The bytes of a body. Throws a RangeError if it has more than `limit`. */
export async function readBody(stream, limit) {
  const chunks = [];
  let length = 0;
  // A body that is too long is not cancelled: its rest is drained later.
  for await (const chunk of stream?.values({ preventCancel: true }) ?? []) {
    length += chunk.length;
    if (length > limit) throw new RangeError('the body is over the limit');
    chunks.push(chunk);
  }
  return joined(chunks, length);
}

/**
 * Reads the rest of a request's body for a moment and drops it, because most clients read an answer
 * only when they have sent everything.
 */
export async function drain({ body }) {
  if (!body || body.locked) return;
  const reader = body.getReader();
  const late = pause(DRAIN_MS);
  for (let length = 0; length <= DRAINED; ) {
    const read = await Promise.race([reader.read(), late]);
    if (read?.done) return;
    if (!read) break;
    length += read.value.length;
  }
  await reader.cancel();
}

function joined(chunks, length) {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * A stream of the same bytes, with less of them in memory. The runtime hands a stream through in
 * pieces as large as it reads them, 400 kB and more, and queues several. A branch of a tee has
 * pieces of 16 kB.
 */
export function paced(stream) {
  const [ours, other] = stream.tee();
  other.cancel();
  return ours;
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The text of a key, from the first folder in the cache that has it. `undefined` if none has it. */
export async function cacheGet(folders, key) {
  for (const url of urls(folders, key)) {
    const found = await caches.default.match(url);
    if (found) return found.text();
  }
}

/** Keeps a text in the first folder. */
export async function cachePut(folders, key, text, seconds) {
  const headers = { 'cache-control': `max-age=${seconds}` };
  const [url] = urls(folders, key);
  await caches.default.put(url, new Response(text, { headers }));
}

export async function cacheDelete(folders, key) {
  for (const url of urls(folders, key)) await caches.default.delete(url);
}

// Cloudflare wants a host of the Worker's own zone; its port does not matter there.
function urls(folders, key) {
  const [asked, ...namespaces] = folders.split('\n');
  const { hostname } = new URL(asked);
  return namespaces.map((it) => `https://${hostname}/${it}/${encodeURIComponent(key)}`);
}

/**
 * Runs a batch of statements in D1, a transaction. Takes `[{ sql, values }]` and gives
 * `[{ rows, changes }]`, each as JSON.
 */
export async function runBatch(database, text) {
  const prepared = ({ sql, values }) => database.prepare(sql).bind(...values);
  const outcomes = await database.batch(JSON.parse(text).map(prepared));
  return JSON.stringify(outcomes.map(outcome));
}

const outcome = ({ results, meta }) => ({ rows: results, changes: meta.changes });

// The text of a body of at most `limit` bytes; otherwise the response with its whole body.
async function readUpTo(response, limit) {
  const { headers, body } = response;
  const length = headers.get('content-length');
  if (length === null || headers.has('content-encoding'))
    return readOfUnknownLength(response, limit);
  if (Number(length) > limit) return response;
  return body === null ? '' : response.text();
}

async function readOfUnknownLength(response, limit) {
  const reader = response.body?.getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) return new TextDecoder().decode(joined(chunks, length));
    chunks.push(value);
    length += value.length;
    if (length > limit) return new Response(resumed(chunks, reader), response);
  }
}

// A stream of what was read already and of the rest.
function resumed(chunks, reader) {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = chunks.length ? { value: chunks.shift() } : await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

function prepared(call, signal) {
  const [method, url, ...lines] = call.split('\n');
  return [url, { method, headers: fields(lines), redirect: 'manual', cache: 'no-store', signal }];
}

function block(headers, names) {
  let text = '';
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) text += `\n${name}\n${value}`;
  }
  return text;
}

function fields(lines) {
  const found = {};
  for (let at = 0; at + 1 < lines.length; at += 2) found[lines[at]] = lines[at + 1];
  return found;
}
