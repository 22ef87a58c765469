// Blobs that are mounted from one image to another, and to whom.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { hosting } from '../support/hosting.mjs';
import { client as asClient, digestOf, expect, owner, registry } from '../support/registry.mjs';

const { url, account, client } = await hosting();
const mine = await account();
let serial = 0;
const name = (repository) => `${mine.account}/${repository}${++serial}`;

/** An image with a blob that was never pushed elsewhere. */
async function source(image = name('source'), who = mine) {
  const bytes = randomBytes(500);
  expect(await registry(url, image, owner(who)).pushBlob(bytes), 201);
  return { image, bytes, digest: digestOf(bytes) };
}

const mount = (here, digest, from) =>
  here.start(`?mount=${digest}${from ? `&from=${encodeURIComponent(from)}` : ''}`);

describe('a blob is mounted', () => {
  for (const [what, from] of [
    ['from an image', true],
    ['from any image of the account', false],
  ]) {
    test(what, async () => {
      const { image, bytes, digest } = await source();
      const here = registry(url, name('target'), owner(mine));
      const reply = expect(await mount(here, digest, from && image), 201);
      assert.equal(reply.headers['docker-content-digest'], digest);
      assert.ok(reply.headers.location.endsWith(`/blobs/${digest}`));
      assert.deepEqual((await here.get(`blobs/${digest}`)).body, bytes);
    });
  }

  test('by a client that may read the source', async () => {
    const { image, digest } = await source();
    const repository = image.split('/')[1];
    const target = name('target');
    const grants = { [repository]: ['pull'], [target.split('/')[1]]: ['pull', 'push'] };
    const here = registry(url, target, asClient(await client(mine, grants)));
    expect(await mount(here, digest, image), 201);
  });
});

describe('an upload is begun instead', () => {
  const begun = async (here, digest, from) => {
    const reply = expect(await mount(here, digest, from), 202);
    assert.ok(reply.headers.location.includes('/blobs/uploads/'), reply.headers.location);
    assert.equal((await here.get(`blobs/${digest}`)).status, 404);
  };

  test('where the blob is nowhere', async () => {
    const here = registry(url, name('target'), owner(mine));
    await begun(here, digestOf('nowhere'), name('source'));
    await begun(here, digestOf('nowhere'));
  });

  test('where it is in another image than the one named', async () => {
    const { digest } = await source();
    await begun(registry(url, name('target'), owner(mine)), digest, name('source'));
  });

  test('where it is in another account, with `from` and without', async () => {
    const other = await account();
    const { image, digest } = await source(`${other.account}/source`, other);
    const here = registry(url, name('target'), owner(mine));
    await begun(here, digest, image);
    await begun(here, digest);
  });

  test('by a client that may not read the source', async () => {
    const { image, digest } = await source();
    const target = name('target');
    const grants = { [target.split('/')[1]]: ['pull', 'push'] };
    const here = registry(url, target, asClient(await client(mine, grants)));
    await begun(here, digest, image);
    await begun(here, digest);
  });

  test('where the blob or the source is none', async () => {
    const { image, digest } = await source();
    const here = registry(url, name('target'), owner(mine));
    for (const query of ['?mount=sha256:x', `?mount=${digest}&from=..%2f${image}`, '?mount=']) {
      const reply = await here.start(query);
      assert.ok([202, 400].includes(reply.status), `${query}: ${reply.status} ${reply.text}`);
    }
    assert.equal((await here.get(`blobs/${digest}`)).status, 404);
  });
});
