import { createHash, createHmac } from 'node:crypto';
import { REGION } from './bucket.mjs';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

// The scope of a signature, which begins with the day of `time` (20260102T030405Z).
export const scopeOf = (time) => `${time.slice(0, 8)}/${REGION}/s3/aws4_request`;

// The signature, of version 4, of a request at `time`. `query` has `[name, value]` pairs without the
// signature, `headers` the signed headers, and `payload` the digest of the body, or the word that
// stands for it.
export function signatureOf(secretAccessKey, request, time) {
  const scope = scopeOf(time);
  const toSign = [ALGORITHM, time, scope, sha256(canonical(request))].join('\n');
  const key = scope.split('/').reduce(hmac, `AWS4${secretAccessKey}`);
  return hmac(key, toSign).toString('hex');
}

function canonical({ method, path, query, headers, payload }) {
  const signed = Object.entries(headers).sort(byName);
  return [
    method,
    path,
    canonicalQuery(query),
    ...signed.map(([name, value]) => `${name}:${value.trim()}`),
    '',
    signed.map(([name]) => name).join(';'),
    payload,
  ].join('\n');
}

export function canonicalQuery(query) {
  const encoded = query.map((pair) => pair.map(encode));
  return encoded
    .sort(byName)
    .map((pair) => pair.join('='))
    .join('&');
}

const byName = ([a], [b]) => (a < b ? -1 : 1);

// Encodes everything but RFC 3986's unreserved characters. encodeURIComponent leaves a few more.
const encode = (text) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
