// The JavaScript side of `edge`. Each function takes and gives everything at once: a request costs
// more in crossings between WebAssembly and JavaScript than in the work on either side.
//
// Headers cross as a block: name, line break, value, and a line break before the next name. No
// header can hold a line break.

const NOT_MODIFIED = 304;

const encoder = new TextEncoder();

/** Method, URL and a block of the headers `names`, with line breaks between. */
export function readRequest({ method, url, headers }, names) {
  return `${method}\n${url}${block(headers, names)}`;
}

export const readHeader = (request, name) => request.headers.get(name) ?? undefined;

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

/**
 * The response to a call, as soon as its headers are there, within `deadline` milliseconds. A call
 * is method, URL and a block of headers, with line breaks between.
 */
export async function send(call, deadline) {
  const abort = new AbortController();
  // Made in time, the exception would cost every call a look at its stack.
  const late = () => abort.abort(new DOMException('the deadline passed', 'TimeoutError'));
  const timer = setTimeout(late, deadline);
  try {
    return await fetch(...prepared(call, abort.signal));
  } finally {
    // The body may take its time.
    clearTimeout(timer);
  }
}

/** What `readReply` gives, an empty line, and the body's text, which has `limit` bytes at most. */
export async function sendAndRead(call, deadline, names, limit) {
  const response = await fetch(...prepared(call, AbortSignal.timeout(deadline)));
  // Each header read has its price, and here there is nothing new.
  if (response.status === NOT_MODIFIED) return `${NOT_MODIFIED}\n\n`;
  return `${readReply(response, names)}\n\n${await readText(response, limit)}`;
}

/** Writes a text, and gives its length in bytes; a negative number where it does not fit. */
export function encode(text, bytes) {
  const { read, written } = encoder.encodeInto(text, bytes);
  return read === text.length ? written : -1;
}

/** The bytes of a body; a RangeError where it has more than `limit` of them. */
export async function readBody(stream, limit) {
  const chunks = [];
  let length = 0;
  for await (const chunk of stream ?? []) {
    length += chunk.length;
    if (length > limit) throw new RangeError('the body is over the limit');
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * The same bytes, less of them in memory: the runtime hands a stream through in pieces as large as
 * it reads them, 400 kB and more, and queues several; a branch of a tee has pieces of 16 kB.
 */
export function paced(stream) {
  const [ours, other] = stream.tee();
  other.cancel();
  return ours;
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The text that the cache has under a URL, if it has one. */
export async function cacheGet(url) {
  const found = await caches.default.match(url);
  return found?.text();
}

export async function cachePut(url, text, seconds) {
  const headers = { 'cache-control': `max-age=${seconds}` };
  await caches.default.put(url, new Response(text, { headers }));
}

export async function cacheDelete(url) {
  await caches.default.delete(url);
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

async function readText(response, limit) {
  // Where the length is told, the runtime reads a body in a third of the time.
  if (isShort(response, limit)) return response.text();
  return new TextDecoder().decode(await readBody(response.body, limit));
}

function isShort({ headers }, limit) {
  const length = headers.get('content-length');
  return length !== null && Number(length) <= limit && !headers.has('content-encoding');
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
