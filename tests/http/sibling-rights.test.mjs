// Who sees which siblings, and that an application of their short name wins.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench } from '../support/bench.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { granted } from '../support/location.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { costOf } from '../support/pulling.mjs';
import { indexOf, SENSOR, siblingsOn } from '../support/siblings.mjs';

const here = await bench();
const { control } = here.upstream;
const { owner, stranger, sibling } = siblingsOn(here);

test('whoever may not see the private sibling gets nothing of it by its digests', async () => {
  const worker = await here.start();
  const name = `${SENSOR}/1.1.0`;
  const own = await granted(worker, name, owner);
  const index = (await own.manifest('latest')).headers['docker-content-digest'];
  const { digest, platforms } = sibling('rpi', '1.1.0');
  assertStatus(await own.manifest(digest), 200);
  for (const options of [{}, stranger]) {
    const { manifest, blob } = await granted(worker, name, options);
    assertError(await manifest(digest), 404, 'MANIFEST_UNKNOWN');
    assertError(await manifest(index), 404, 'MANIFEST_UNKNOWN');
    assertError(await blob(platforms[0].config.digest), 404, 'BLOB_UNKNOWN');
  }
});

test('after a sibling became private, its index, its manifest and its blobs end for others', async () => {
  const slug = 'acme/closing';
  const made = [];
  for (const [architecture, cpu] of Object.entries({ amd64: 'amd64', aarch64: 'arm64' })) {
    await control.createApplication({ slug: `${slug}-${architecture}` });
    for (const semver of ['1.0.0', '2.0.0']) {
      const images = { main: { architectures: [cpu] } };
      made.push(await control.createRelease(`${slug}-${architecture}`, { semver, images }));
    }
  }
  const { digest: index } = await indexOf(await here.start(), slug, {}, '1.0.0');
  const { digest, platforms } = made[2].images[0];
  const open = await granted(await here.start(), slug);
  assertStatus(await open.manifest(index), 200);
  assertStatus(await open.manifest(digest), 200);
  await control.setPublic(`${slug}-aarch64`, false);
  await control.forgetLookups();
  // As after `TOKEN_SECONDS`: the images that tags selected are remembered for longer.
  for (const key of here.kv.keys()) if (/^(token|release)\//.test(key)) here.kv.remove(key);
  const { manifest, blob } = await granted(await here.start(), slug);
  assertError(await manifest(index), 404, 'MANIFEST_UNKNOWN');
  assertError(await manifest(digest), 404, 'MANIFEST_UNKNOWN');
  assertError(await blob(platforms[0].config.digest), 404, 'BLOB_UNKNOWN');
  assertStatus(await manifest(made[0].images[0].digest), 200);
});

test('private siblings and applications are answered as missing ones, by the same calls', async () => {
  await control.createApplication({ slug: 'acme/hidden-amd64', isPublic: false });
  await control.createRelease('acme/hidden-amd64', { semver: '1.0.0' });
  const worker = await here.start();
  for (const options of [{}, stranger]) {
    for (const end of ['', '/1.0.0', '/1', '/9.9.9']) {
      const told = [];
      for (const slug of ['acme/hidden', 'acme/absent']) {
        const neutral = (text) => text.replaceAll(slug, 'NAME');
        const calls = await costOf(here, async () => {
          const { manifest, held } = await granted(worker, `${slug}${end}`, options);
          told.push(neutral(assertError(await manifest('latest'), 403, 'DENIED')));
          const tags = await send(worker.url, `/v2/${slug}${end}/tags/list`, {
            headers: bearer(held),
          });
          told.push(neutral(assertError(tags, 403, 'DENIED')));
        });
        told.push(calls.map(neutral).sort());
      }
      assert.deepEqual(told.slice(0, 3), told.slice(3), end);
    }
  }
  const { manifests } = await indexOf(worker, 'acme/hidden/1.0.0', owner);
  assert.equal(manifests.length, 1);
});

test('an application of that name wins, for those who may see it', async () => {
  for (const [slug, isPublic] of Object.entries({ 'acme/lamp-amd64': true, 'acme/lamp': false })) {
    await control.createApplication({ slug, isPublic });
    await control.createRelease(slug, { semver: '1.0.0' });
  }
  await control.createRelease('acme/lamp-amd64', { semver: '2.0.0' });
  const worker = await here.start();
  assert.equal((await indexOf(worker, 'acme/lamp/1.0.0')).manifests.length, 1);
  const own = await granted(worker, 'acme/lamp/1.0.0', owner);
  const image = await own.manifest('latest');
  assertStatus(image, 200);
  assert.ok(image.json.config && !image.json.manifests, 'an image and no index');
  const two = await granted(worker, 'acme/lamp/2.0.0', owner);
  const message = assertError(await two.manifest('latest'), 403, 'DENIED');
  assert.match(message, /the newest is 1\.0\.0/);
});

test('a version that no sibling has is told with the newest ones', async () => {
  const { manifest } = await granted(await here.start(), `${SENSOR}/9.9.9`);
  const message = assertError(await manifest('latest'), 403, 'DENIED');
  assert.match(
    message,
    /release 9\.9\.9 of acme\/sensor was not found; the newest are 1\.1\.0 and/,
  );
});

test('the list has every version of the siblings that the caller may see', async () => {
  await control.createApplication({ slug: `${SENSOR}-i386`, isPublic: false });
  await control.createRelease(`${SENSOR}-i386`, { semver: '0.9.0' });
  const worker = await here.start();
  for (const [options, tags] of [
    [{}, ['1.0.0', '1.1.0', 'latest']],
    [owner, ['0.9.0', '1.0.0', '1.1.0', 'latest']],
  ]) {
    const held = await token(worker.url, [pull(SENSOR)], options);
    const reply = await send(worker.url, `/v2/${SENSOR}/tags/list`, { headers: bearer(held) });
    assert.deepEqual(reply.json, { name: SENSOR, tags });
  }
  await control.removeApplication(`${SENSOR}-i386`);
});
