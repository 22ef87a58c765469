// Deletion of tags, manifests and blobs, and what stands in its way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostingImages } from '../support/hosting.mjs';
import { assertError } from '../support/oci.mjs';
import { descriptor, digestOf, expect, indexOf, manifestOf, TYPES } from '../support/registry.mjs';

const { fresh } = await hostingImages();

test('a tag goes, and its manifest stays', async () => {
  const here = fresh();
  const text = await here.pushImage('v1', []);
  expect(await here.pushManifest('v2', text), 201);
  assert.equal((await here.remove('manifests/v1')).status, 202);
  assertError(await here.get('manifests/v1'), 404, 'MANIFEST_UNKNOWN');
  assert.equal((await here.head('manifests/v1')).status, 404);
  assert.deepEqual((await here.get('tags/list')).json.tags, ['v2']);
  assert.equal((await here.get(`manifests/${digestOf(text)}`)).text, text);
});

test('a manifest goes with all of its tags, at once for whoever asks next', async () => {
  const here = fresh();
  const text = await here.pushImage('v1', []);
  expect(await here.pushManifest('v2', text), 201);
  for (let times = 0; times < 3; times += 1) expect(await here.get('manifests/v1'), 200);
  assert.equal((await here.remove(`manifests/${digestOf(text)}`)).status, 202);
  for (const reference of ['v1', 'v2', digestOf(text)]) {
    assertError(await here.get(`manifests/${reference}`), 404, 'MANIFEST_UNKNOWN');
    assert.equal((await here.head(`manifests/${reference}`)).status, 404);
  }
  assert.deepEqual((await here.get('tags/list')).json.tags, []);
});

test('what is not there is 404', async () => {
  const here = fresh();
  const digest = digestOf('nothing');
  assertError(await here.remove('manifests/v1'), 404, 'MANIFEST_UNKNOWN');
  assertError(await here.remove(`manifests/${digest}`), 404, 'MANIFEST_UNKNOWN');
  assertError(await here.remove(`blobs/${digest}`), 404, 'BLOB_UNKNOWN');
});

test('what an index lists stays, and the index is named', async () => {
  const here = fresh();
  const child = await here.pushImage('child', []);
  const index = indexOf([child]);
  expect(await here.pushManifest('all', index), 201);
  const refused = await here.remove(`manifests/${digestOf(child)}`);
  const message = assertError(refused, 405, 'UNSUPPORTED');
  assert.match(message, new RegExp(digestOf(index)));
  expect(await here.get('manifests/child'), 200);
  assert.equal((await here.remove(`manifests/${digestOf(index)}`)).status, 202);
  assert.equal((await here.remove(`manifests/${digestOf(child)}`)).status, 202);
});

test('referrers outlive their subject', async () => {
  const here = fresh();
  const subject = await here.pushImage('v1', []);
  const text = manifestOf([], { subject: descriptor(TYPES.manifest, subject) });
  expect(await here.pushManifest(digestOf(text), text), 201);
  assert.equal((await here.remove(`manifests/${digestOf(subject)}`)).status, 202);
  const path = `referrers/${digestOf(subject)}`;
  assert.equal((await here.get(path)).json.manifests.length, 1);
  assert.equal((await here.get(`manifests/${digestOf(text)}`)).text, text);
  assert.equal((await here.remove(`manifests/${digestOf(text)}`)).status, 202);
  assert.equal((await here.get(path)).json.manifests.length, 0);
});

test('a blob stays while a manifest needs it, and goes afterwards', async () => {
  const here = fresh();
  const layer = 'a layer';
  const text = await here.pushImage('v1', [layer]);
  const path = `blobs/${digestOf(layer)}`;
  const message = assertError(await here.remove(path), 405, 'UNSUPPORTED');
  assert.match(message, new RegExp(digestOf(text)));
  assert.equal((await here.get(path)).text, layer);
  assert.equal((await here.remove(`manifests/${digestOf(text)}`)).status, 202);
  assert.equal((await here.remove(path)).status, 202);
  assertError(await here.get(path), 404, 'BLOB_UNKNOWN');
});

test('a blob of one image stays in another', async () => {
  const [here, there] = [fresh(), fresh()];
  const layer = 'shared';
  for (const one of [here, there]) expect(await one.pushBlob(layer), 201);
  assert.equal((await here.remove(`blobs/${digestOf(layer)}`)).status, 202);
  assert.equal((await there.get(`blobs/${digestOf(layer)}`)).text, layer);
});

test('what was deleted is pushed again', async () => {
  const here = fresh();
  const text = await here.pushImage('v1', ['again']);
  assert.equal((await here.remove(`manifests/${digestOf(text)}`)).status, 202);
  assert.equal((await here.remove(`blobs/${digestOf('again')}`)).status, 202);
  await here.pushImage('v1', ['again']);
  assert.equal((await here.get('manifests/v1')).text, text);
  assert.equal((await here.get(`blobs/${digestOf('again')}`)).text, 'again');
});
