// What every proxy of the registry must do, without tokens.
const MANIFEST = /^\/v2\/(.+)\/manifests\/([^/]+)$/;
const RELAYED = ['content-type', 'content-length', 'etag', 'docker-content-digest'];

/** All types of manifests: with fewer of them, a registry may answer another digest. */
export const TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join();

export function parse(request) {
  const match = MANIFEST.exec(new URL(request.url).pathname);
  return match && { name: match[1], reference: match[2] };
}

/** Asks the registry for the manifest at a location, with a token for it, and relays its answer. */
export async function pass(registry, location, reference, token) {
  const upstream = reference.includes(':') ? reference : 'latest';
  const reply = await fetch(`${registry}/${location}/manifests/${upstream}`, {
    headers: { accept: TYPES, 'accept-encoding': 'identity', authorization: `Bearer ${token}` },
    redirect: 'manual',
  });
  const headers = new Headers({
    'cache-control': 'private, no-transform',
    'docker-distribution-api-version': 'registry/2.0',
    'x-content-type-options': 'nosniff',
  });
  for (const name of RELAYED) {
    const value = reply.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(reply.body, { status: reply.status, headers });
}
