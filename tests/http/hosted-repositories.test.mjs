// Repositories, as the management API shows, changes and deletes them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hosting } from '../support/hosting.mjs';
import { assertField } from '../support/oci.mjs';
import { owner, registry } from '../support/registry.mjs';

const { url, api, account } = await hosting();

describe('a repository', () => {
  test('is created, made public and private, and shown with what is in it', async () => {
    const mine = await account();
    const path = `/accounts/${mine.account}/repositories`;
    const made = await api('PUT', `${path}/myapp`, { public: true }, mine.key);
    assert.equal(made.status, 200, made.text);
    assert.deepEqual([made.json.repository, made.json.public], ['myapp', true]);
    const kept = await api('PUT', `${path}/myapp`, {}, mine.key);
    assert.equal(kept.json.public, true);
    const other = await api('PUT', `${path}/myapp`, { public: false }, mine.key);
    assert.equal(other.json.public, false);

    const name = `${mine.account}/myapp/image`;
    const here = registry(url, name, owner(mine));
    const text = await here.pushImage('v1', [Buffer.alloc(1000, 'a')]);
    assert.equal((await here.pushManifest('v2', text)).status, 201);
    const shown = await api('GET', `${path}/myapp`, undefined, mine.key);
    assert.equal(shown.status, 200, shown.text);
    const [image] = shown.json.images;
    assert.equal(image.name, name);
    assert.deepEqual(image.tags, ['v1', 'v2']);
    assert.ok(shown.json.size >= 1002, `${shown.json.size}`);
    const all = await api('GET', path, undefined, mine.key);
    assert.deepEqual(all.json.repositories, [shown.json]);
  });

  test('is created by the first push', async () => {
    const mine = await account();
    await registry(url, `${mine.account}/pushed`, owner(mine)).pushImage('v1', []);
    const path = `/accounts/${mine.account}/repositories/pushed`;
    const shown = await api('GET', path, undefined, mine.key);
    assert.equal(shown.status, 200, shown.text);
    assert.equal(shown.json.public, false);
  });

  test('is deleted with everything in it, and no other is', async () => {
    const mine = await account();
    const names = ['myapp', 'myapp/image', 'myapp2'].map((name) => `${mine.account}/${name}`);
    const all = names.map((name) => registry(url, name, owner(mine)));
    for (const one of all) await one.pushImage('v1', [Buffer.from('layer')]);
    const path = `/accounts/${mine.account}/repositories/myapp`;
    assert.equal((await api('DELETE', path, undefined, mine.key)).status, 204);
    const found = await Promise.all(all.map((one) => one.get('manifests/v1')));
    assert.deepEqual(
      found.map(({ status }) => status),
      [404, 404, 200],
    );
    assert.equal((await api('GET', path, undefined, mine.key)).status, 404);
    assert.equal((await api('DELETE', path, undefined, mine.key)).status, 404);
  });

  test('that is not there is 404', async () => {
    const mine = await account();
    const path = `/accounts/${mine.account}/repositories/nothing`;
    assert.equal((await api('GET', path, undefined, mine.key)).status, 404);
    const field = await api('PUT', path, { public: 'yes' }, mine.key);
    assertField(field, 422, 'public');
    assert.equal((await api('GET', path, undefined, mine.key)).status, 404);
  });
});
