import { createHash } from 'node:crypto';
import { bearer, pull, send, token } from './http.mjs';

/**
 * One name at one Worker, under a token that is got now: `{ manifest(reference, options),
 * blob(digest, options) }`, each of which answers the Worker's reply.
 */
export async function granted({ url }, name, options) {
  const held = await token(url, [pull(name)], options);
  const ask = (kind) => (reference, more) => under(held, url, name, kind, reference, more);
  return { held, manifest: ask('manifests'), blob: ask('blobs') };
}

/** The same with a token of another name, or of none. */
export const under = (held, url, name, kind, reference, { method, headers } = {}) =>
  send(url, `/v2/${name}/${kind}/${reference}`, {
    method,
    headers: { ...bearer(held), ...headers },
  });

/** What storage answers to who follows a redirect: its status, and the digest of its bytes. */
export async function follow({ headers: { location } }, method = 'GET') {
  const { origin, pathname, search } = new URL(location);
  const { status, body } = await send(origin, `${pathname}${search}`, { method });
  return { status, digest: sha256(body) };
}

export const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
