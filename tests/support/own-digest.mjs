import assert from 'node:assert/strict';
import { bearer, send } from './http.mjs';

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Asks the registry directly for the digest of a release's image, and checks that it is `digest`. */
export async function ownDigest({ api, registry, credentials }, { repository, digest }) {
  const path = `/auth/v1/token?service=registry&scope=repository:${repository}:pull`;
  const granted = await send(api.url, path, { headers: bearer(credentials.owner.apiKey) });
  const manifest = await send(registry.url, `/v2/${repository}/manifests/latest`, {
    method: 'HEAD',
    headers: { ...bearer(granted.json.token), accept: ACCEPT },
  });
  assert.equal(manifest.status, 200);
  assert.equal(manifest.headers['docker-content-digest'], digest);
  return digest;
}
