import { createHash } from 'node:crypto';
import { bearer, pull, send, token } from './http.mjs';

/**
 * Gets a token for one name at one Worker. Answers `{ held, manifest(reference, options),
 * blob(digest, options) }`: the token, and two functions that make a request with it.
 */
export async function granted({ url }, name, options) {
  const held = await token(url, [pull(name)], options);
  const ask = (kind) => (reference, more) => under(held, url, name, kind, reference, more);
  return { held, manifest: ask('manifests'), blob: ask('blobs') };
}

/** Asks for a manifest or blob of `name` with the token `held`, which may be for another name. */
export const under = (held, url, name, kind, reference, { method, headers } = {}) =>
  send(url, `/v2/${name}/${kind}/${reference}`, {
    method,
    headers: { ...bearer(held), ...headers },
  });

/** Follows a redirect to storage. Answers the status, and the digest of the bytes that came. */
export async function follow({ headers: { location } }, method = 'GET') {
  const { origin, pathname, search } = new URL(location);
  const { status, body } = await send(origin, `${pathname}${search}`, { method });
  return { status, digest: sha256(body) };
}

export const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
