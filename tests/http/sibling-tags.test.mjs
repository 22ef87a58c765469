// Tags that select an index of siblings, and the search for its parts by digest.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench } from '../support/bench.mjs';
import { granted } from '../support/location.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { indexOf, SENSOR, siblingsOn } from '../support/siblings.mjs';

const here = await bench();
const { control } = here.upstream;
const { sibling, listed, forget } = siblingsOn(here);

const PUBLIC = ['amd64', 'aarch64', 'armv7hf'];

test('a tag selects the index of a version, and its parts are found by digest', async () => {
  const [first, second] = [await here.start(), await here.start()];
  const { digest, manifests } = await indexOf(first, SENSOR, {}, '1.0.0');
  assert.deepEqual(manifests, listed(PUBLIC.map((it) => [it, '1.0.0'])));
  assert.equal(digest, (await indexOf(second, `${SENSOR}/1.0.0`)).digest);
  for (const worker of [first, second]) {
    const { manifest, blob } = await granted(worker, SENSOR);
    assertStatus(await manifest(digest), 200);
    for (const architecture of PUBLIC) {
      const { digest: child, platforms } = sibling(architecture, '1.0.0');
      assertStatus(await manifest(child), 200);
      for (const { digest } of [platforms[0].config, ...platforms[0].layers]) {
        assertStatus(await blob(digest), 307);
      }
    }
  }
});

test('of several versions that tags selected, each is pulled to its end', async () => {
  const slug = 'acme/fleet';
  const cpus = { amd64: 'amd64', aarch64: 'arm64', armv7hf: 'arm/v7', i386: '386' };
  const parts = await fleet(slug, cpus, ['1.0.0', '2.0.0', '3.0.0', '4.0.0']);
  const first = await here.start();
  const selected = {};
  for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
    selected[version] = (await indexOf(first, slug, {}, version)).digest;
  }
  for (const worker of [first, await here.start()]) {
    for (const [version, digest] of Object.entries(selected)) {
      await pullsAll(worker, slug, digest, parts[version]);
    }
  }
  for (const key of here.cache.keys()) here.cache.remove(key);
  await pullsAll(await here.start(), slug, selected['1.0.0'], parts['1.0.0']);
  forget();
  const last = await here.start();
  assert.equal((await indexOf(last, slug, {}, '2.0.0')).digest, selected['2.0.0']);
  await pullsAll(last, slug, selected['2.0.0'], parts['2.0.0']);
});

test('what a tag selected is pulled although the target fails', async () => {
  const slug = 'acme/apart';
  const parts = await fleet(slug, { amd64: 'amd64', aarch64: 'arm64' }, ['1.0.0', '2.0.0']);
  const { digest } = await indexOf(await here.start(), slug, {}, '1.0.0');
  const { manifest, blob } = await granted(await here.start(), slug);
  await here.registry.fail('500', { only: /manifests/ });
  assertStatus(await manifest(digest), 200);
  assertStatus(await manifest(parts['1.0.0'][0].digest), 200);
  const other = `sha256:${'0'.repeat(64)}`;
  assertError(await manifest(other), 502, 'UNAVAILABLE');
  await here.heal();
  assertStatus(await blob(parts['1.0.0'][1].blobs[0]), 307);
});

/** Makes siblings of `slug`, and answers the digests of their parts under each version. */
async function fleet(slug, cpus, versions) {
  const parts = Object.fromEntries(versions.map((version) => [version, []]));
  for (const [architecture, cpu] of Object.entries(cpus)) {
    await control.createApplication({ slug: `${slug}-${architecture}` });
    for (const semver of versions) {
      const images = { main: { architectures: [cpu] } };
      const made = await control.createRelease(`${slug}-${architecture}`, { semver, images });
      const [{ digest, platforms }] = made.images;
      const [{ config, layers }] = platforms;
      parts[semver].push({ digest, blobs: [config, ...layers].map((blob) => blob.digest) });
    }
  }
  return parts;
}

// Asks for an index and all its parts by digest.
async function pullsAll(worker, slug, index, parts) {
  const { manifest, blob } = await granted(worker, slug);
  assertStatus(await manifest(index), 200);
  for (const { digest, blobs } of parts) {
    assertStatus(await manifest(digest), 200);
    for (const each of blobs) assertStatus(await blob(each), 307);
  }
}
