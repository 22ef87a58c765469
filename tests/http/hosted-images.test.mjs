// Images that are pushed and pulled back, request by request.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { hostingImages } from '../support/hosting.mjs';
import { assertError } from '../support/oci.mjs';
import { descriptor, digestOf, expect, indexOf, manifestOf, TYPES } from '../support/registry.mjs';

const { fresh } = await hostingImages();
const NO_DIGEST = digestOf('nobody pushed this');

describe('an image', () => {
  test('comes back byte for byte, by tag and by digest', async () => {
    const here = fresh();
    const layer = randomBytes(100_000);
    const text = await here.pushImage('v1', [layer]);
    const digest = digestOf(text);
    for (const reference of ['v1', digest]) {
      for (const ask of [here.get, here.head]) {
        const reply = expect(await ask(`manifests/${reference}`), 200);
        assert.equal(reply.headers['content-type'], TYPES.manifest);
        assert.equal(reply.headers['docker-content-digest'], digest);
        assert.equal(reply.headers['content-length'], `${text.length}`);
        assert.equal(reply.headers.etag, `"${digest}"`);
        assert.equal(reply.headers['content-security-policy'], 'sandbox');
        assert.equal(reply.text, ask === here.get ? text : '');
      }
    }
    const blob = expect(await here.get(`blobs/${digestOf(layer)}`), 200);
    assert.deepEqual(blob.body, layer);
    assert.equal(blob.headers['docker-content-digest'], digestOf(layer));
    assert.equal(blob.headers['content-length'], '100000');
    const head = expect(await here.head(`blobs/${digestOf(layer)}`), 200);
    assert.equal(head.headers['content-length'], '100000');
  });

  test('has a push answered with where it is and its digest', async () => {
    const here = fresh();
    await here.pushBlob('{}');
    const text = manifestOf([]);
    for (const reference of ['v1', digestOf(text)]) {
      const pushed = expect(await here.pushManifest(reference, text), 201);
      assert.equal(pushed.headers['docker-content-digest'], digestOf(text));
      assert.ok(pushed.headers.location.endsWith(`/manifests/${digestOf(text)}`));
    }
  });

  test('is not sent again to who has it', async () => {
    const here = fresh();
    const text = await here.pushImage('v1', []);
    for (const reference of ['v1', digestOf(text)]) {
      const etag = { 'if-none-match': `"${digestOf(text)}"` };
      assert.equal((await here.get(`manifests/${reference}`, etag)).status, 304);
      const other = { 'if-none-match': `"${NO_DIGEST}"` };
      assert.equal((await here.get(`manifests/${reference}`, other)).status, 200);
    }
  });

  test('that is pushed again changes nothing', async () => {
    const here = fresh();
    const text = await here.pushImage('v1', []);
    const before = expect(await here.get('tags/list'), 200).text;
    expect(await here.pushManifest('v1', text), 201);
    assert.equal((await here.get('tags/list')).text, before);
  });

  test('under a tag that moves is the latest one, and the one before it stays by digest', async () => {
    const here = fresh();
    const first = await here.pushImage('v1', []);
    const second = await here.pushImage('v1', [Buffer.from('more')]);
    assert.equal((await here.get('manifests/v1')).text, second);
    assert.equal((await here.get(`manifests/${digestOf(first)}`)).text, first);
  });

  test('may have several tags in one push', async () => {
    const here = fresh();
    await here.pushBlob('{}');
    const text = manifestOf([]);
    const tags = ['one', 'two', 'three'];
    const query = tags.map((tag) => `tag=${tag}`).join('&');
    const pushed = expect(await here.pushManifest(`${digestOf(text)}?${query}`, text), 201);
    for (const tag of tags) {
      assert.ok(pushed.headers['oci-tag'].includes(tag), pushed.headers['oci-tag']);
      assert.equal((await here.get(`manifests/${tag}`)).text, text);
    }
    assertError(
      await here.pushManifest(`${digestOf(text)}?tag=-bad`, text),
      400,
      'MANIFEST_INVALID',
    );
  });

  test('may have digests of sha512, its own included', async () => {
    const here = fresh();
    const layer = randomBytes(5000);
    const digest = digestOf(layer, 'sha512');
    expect(await here.pushBlob('{}'), 201);
    expect(await here.pushBlob(layer, digest), 201);
    const layers = [{ mediaType: TYPES.layer, digest, size: layer.length }];
    const text = JSON.stringify({ ...JSON.parse(manifestOf([])), layers });
    const own = digestOf(text, 'sha512');
    const pushed = expect(await here.pushManifest(own, text), 201);
    assert.equal(pushed.headers['docker-content-digest'], own);
    assert.equal((await here.get(`manifests/${own}`)).text, text);
    assert.deepEqual((await here.get(`blobs/${digest}`)).body, layer);
  });

  test('of up to 4 MiB is taken, a larger one is not', async () => {
    const here = fresh();
    await here.pushBlob('{}');
    const sized = (size) => {
      const bare = manifestOf([], { annotations: { filler: '' } });
      return manifestOf([], { annotations: { filler: 'x'.repeat(size - bare.length) } });
    };
    for (const size of [256 * 1024, 256 * 1024 + 1, 4 * 1024 * 1024]) {
      const text = sized(size);
      expect(await here.pushManifest(`v${size}`, text), 201);
      const reply = expect(await here.get(`manifests/v${size}`), 200);
      assert.equal(digestOf(reply.body), digestOf(text));
      expect(await here.head(`manifests/v${size}`), 200);
    }
    const large = await here.pushManifest('large', sized(4 * 1024 * 1024 + 1));
    assertError(large, 413, 'MANIFEST_INVALID');
  });
});

describe('a manifest is refused', () => {
  test('while one of its blobs is missing, and every missing one is named', async () => {
    const here = fresh();
    const text = manifestOf([Buffer.from('missing')]);
    await here.pushBlob('{}');
    const refused = await here.pushManifest('v1', text);
    assert.match(
      assertError(refused, 404, 'MANIFEST_BLOB_UNKNOWN'),
      new RegExp(digestOf('missing')),
    );
    assertError(await here.get('manifests/v1'), 404, 'MANIFEST_UNKNOWN');
    assertError(await here.get(`manifests/${digestOf(text)}`), 404, 'MANIFEST_UNKNOWN');
    expect(await here.pushBlob('missing'), 201);
    expect(await here.pushManifest('v1', text), 201);
  });

  test('while a child of an index is missing', async () => {
    const here = fresh();
    const child = manifestOf([]);
    await here.pushBlob('{}');
    assertError(await here.pushManifest('all', indexOf([child])), 404, 'MANIFEST_BLOB_UNKNOWN');
    expect(await here.pushManifest(digestOf(child), child), 201);
    expect(await here.pushManifest('all', indexOf([child])), 201);
  });

  test('where its blobs are those of another image', async () => {
    const [here, there] = [fresh(), fresh()];
    const text = await there.pushImage('v1', []);
    assertError(await here.pushManifest('v1', text), 404, 'MANIFEST_BLOB_UNKNOWN');
  });

  test('under a digest that is not its own', async () => {
    const here = fresh();
    await here.pushBlob('{}');
    assertError(await here.pushManifest(NO_DIGEST, manifestOf([])), 400, 'DIGEST_INVALID');
  });

  const image = JSON.parse(manifestOf([]));
  const index = JSON.parse(indexOf([]));
  for (const [what, text, type] of [
    ['that is not JSON', '{', TYPES.manifest],
    ['of an unknown type', JSON.stringify({ ...image, mediaType: 'text/html' }), 'text/html'],
    ['sent as an index', JSON.stringify(image), TYPES.index],
    ['with fields of an index', JSON.stringify({ ...image, ...index }), TYPES.index],
    ['of schema 1', JSON.stringify({ ...image, schemaVersion: 1 }), TYPES.manifest],
    [
      'with a digest that is none',
      JSON.stringify({ ...image, layers: [{ ...image.config, digest: 'sha256:x' }] }),
      TYPES.manifest,
    ],
  ]) {
    test(what, async () => {
      const here = fresh();
      await here.pushBlob('{}');
      assertError(await here.pushManifest('v1', text, type), 400, 'MANIFEST_INVALID');
    });
  }

  test('not for what is fetched from elsewhere', async () => {
    const here = fresh();
    await here.pushBlob('{}');
    const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const urls = ['https://example.com/layer'];
    const layers = [descriptor(foreign, 'a'), descriptor(TYPES.layer, 'b', { urls })];
    const text = JSON.stringify({ ...image, layers });
    expect(await here.pushManifest('v1', text), 201);
  });
});
