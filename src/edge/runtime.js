// The JavaScript side of `edge`. Each function takes and gives everything at once: a request costs
// more in crossings between WebAssembly and JavaScript than in the work on either side.
//
// Headers cross as a block: name, line break, value, and a line break before the next name. No
// header can hold a line break.

const MAX_KEPT = 512;
const kept = new Map();

/** Method, URL and a block of the headers `names`, with line breaks between. */
export function readRequest(request, names) {
  return `${request.method}\n${request.url}${block(request.headers, names)}`;
}

/** Status and a block of the headers `names`, with line breaks between. */
export function readReply(response, names) {
  return `${response.status}${block(response.headers, names)}`;
}

/** A response with the headers of `text`, and `id` as its own. */
export function respond(status, text, id, body) {
  const response = new Response(body, { status, headers: keptHeaders(text) });
  response.headers.set('x-request-id', id);
  return response;
}

/** The response to a call, as soon as its headers are there, within `deadline` milliseconds. */
export const send = (...call) => within(call, (response) => response);

/** The response and the bytes of its body, `limit` of them at most. */
export const sendAndRead = (method, url, text, deadline, limit) =>
  within([method, url, text, deadline], async (response) => [
    response,
    await readBody(response.body, limit),
  ]);

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

async function within([method, url, text, deadline], finish) {
  const abort = new AbortController();
  const late = new DOMException('the deadline passed', 'TimeoutError');
  const timer = setTimeout(() => abort.abort(late), deadline);
  try {
    const headers = Object.fromEntries(pairs(text));
    const { signal } = abort;
    const init = { method, headers, redirect: 'manual', cache: 'no-store', signal };
    return await finish(await fetch(url, init));
  } finally {
    clearTimeout(timer);
  }
}

function block(headers, names) {
  let text = '';
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) text += `\n${name}\n${value}`;
  }
  return text;
}

function pairs(text) {
  const lines = text.split('\n');
  const found = [];
  for (let at = 0; at + 1 < lines.length; at += 2) found.push([lines[at], lines[at + 1]]);
  return found;
}

// Answers repeat. To copy headers costs the runtime a fraction of what it costs to make them.
function keptHeaders(text) {
  const known = kept.get(text);
  if (known) return known;
  const headers = new Headers(pairs(text));
  if (kept.size === MAX_KEPT) kept.clear();
  kept.set(text, headers);
  return headers;
}
