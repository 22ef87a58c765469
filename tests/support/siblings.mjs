import assert from 'node:assert/strict';
import { bearer } from './http.mjs';
import { granted, sha256 } from './location.mjs';
import { assertStatus } from './oci.mjs';

/** A name for several architectures, of which `acme/sensor-rpi` is private. */
export const SENSOR = 'acme/sensor';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const PLATFORMS = {
  amd64: { architecture: 'amd64', os: 'linux' },
  aarch64: { architecture: 'arm64', os: 'linux' },
  armv7hf: { architecture: 'arm', os: 'linux', variant: 'v7' },
  rpi: { architecture: 'arm', os: 'linux', variant: 'v6' },
};

/** What tests of siblings share, on the bench `here`. */
export function siblingsOn(here) {
  const { credentials, seed } = here.upstream;
  /** A release of a sibling, as it was made. */
  const sibling = (architecture, version) =>
    seed.siblings.find(
      ({ slug, rawVersion }) => slug === `${SENSOR}-${architecture}` && rawVersion === version,
    );
  return {
    owner: { headers: bearer(credentials.owner.apiKey) },
    stranger: { headers: bearer(credentials.stranger.apiKey) },
    sibling,
    /** What an index has of these siblings' releases, each with its version. */
    listed: (members) =>
      members.map(([architecture, version]) => {
        const { digest, size, mediaType } = sibling(architecture, version);
        return { mediaType, digest, size, platform: PLATFORMS[architecture] };
      }),
    /** Forgets everything that Workers share. */
    forget: () => {
      for (const store of [here.kv, here.cache]) for (const key of store.keys()) store.remove(key);
    },
  };
}

/** Asks for the index under a name, and checks its form. */
export async function indexOf({ url }, name, options, reference = 'latest') {
  const { manifest } = await granted({ url }, name, options);
  const reply = await manifest(reference);
  assertStatus(reply, 200);
  assert.equal(reply.headers['content-type'], INDEX);
  assert.equal(reply.headers['docker-content-digest'], sha256(reply.body), name);
  assert.deepEqual(Object.keys(reply.json), ['schemaVersion', 'mediaType', 'manifests']);
  return { ...reply, digest: sha256(reply.body), manifests: reply.json.manifests };
}
