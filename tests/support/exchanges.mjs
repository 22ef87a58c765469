import { redact } from './redact.mjs';

const KEPT = 5;
const READ_BYTES = 8192;
const SHOWN_CHARACTERS = 300;
const HEADERS = ['www-authenticate', 'location', 'retry-after', 'x-request-id'];
const kept = [];

/** Remembers the text about a request and its answer. If the test fails, it prints the last ones. */
export function remember(about) {
  kept.push(about);
  if (kept.length > KEPT) kept.shift();
}

/** Forgets what the previous test remembered. */
export const forgetExchanges = () => kept.splice(0);

/** The last requests and their answers, as texts. */
export const lastExchanges = () => [...kept];

/** One request and its answer as text without credentials: what it was, and how the answer begins. */
export function describeExchange({ method, url, status, headers, body }) {
  const shown = HEADERS.filter((name) => headers[name] !== undefined).map(
    (name) => `${name}: ${headers[name]}`,
  );
  const text = isText(headers) ? [beginning(body)] : [];
  return redact([`${method} ${url} answered ${status}`, ...shown, ...text].join('\n    '));
}

// Redacts before it cuts, because `redact` does not recognize half a token.
const beginning = (body) =>
  redact(body.subarray(0, READ_BYTES).toString().trim()).slice(0, SHOWN_CHARACTERS);

const isText = (headers) => /json|text/.test(headers['content-type'] ?? '');
