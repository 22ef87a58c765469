// Sealed tokens in plain JavaScript; `bench/seal.mjs` makes them.
const NONCE_BYTES = 12;
const BEARER = 'Bearer ';
let imported;

async function key(raw) {
  imported ??= await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  return imported;
}

/** The token of a request. `undefined` if it has none. */
export function bearer(request) {
  const value = request.headers.get('authorization');
  return value?.startsWith(BEARER) ? value.slice(BEARER.length) : undefined;
}

/** The session in a token. */
export async function open(token, raw) {
  const sealed = Uint8Array.fromBase64(token, { alphabet: 'base64url' });
  const [iv, data] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  const bytes = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await key(raw), data);
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** The location that a session grants under a name. `undefined` if it grants none any more. */
export const granted = (session, name) =>
  session.expires > Date.now() ? session.grants[name] : undefined;
