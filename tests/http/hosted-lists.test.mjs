// Tags and referrers, page by page.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hostingImages } from '../support/hosting.mjs';
import { assertError } from '../support/oci.mjs';
import { descriptor, digestOf, expect, manifestOf, TYPES } from '../support/registry.mjs';

const { mine, fresh } = await hostingImages();

/** The pages that follow each other by `Link`, from `path` on. */
async function pages(here, path) {
  const found = [];
  for (let next = path; next; ) {
    const reply = expect(await here.get(next), 200);
    found.push(reply);
    const link = reply.headers.link;
    if (link) assert.match(link, /^<\/v2\/[^>]+>; rel="next"$/);
    next = link?.slice(1, link.indexOf('>'));
    assert.ok(found.length < 100, 'pages without end');
  }
  return found;
}

describe('the list of tags', () => {
  const TAGS = ['a', 'A1', 'b.c', 'b_c', 'latest', 'v1', 'v1.0', 'v10', 'v2', 'Z', '_x'];
  const lexical = (tags) => [...tags].sort((a, b) => order(a.toLowerCase(), b.toLowerCase()));
  const order = (a, b) => (a < b ? -1 : Number(a > b));

  async function tagged() {
    const here = fresh();
    const text = await here.pushImage(TAGS[0], []);
    for (const tag of TAGS.slice(1)) expect(await here.pushManifest(tag, text), 201);
    return here;
  }

  test('is empty where nothing was pushed, and for an image without a tag', async () => {
    const here = fresh();
    assert.deepEqual(expect(await here.get('tags/list'), 200).json.tags, []);
    await here.pushBlob('{}');
    const text = manifestOf([]);
    expect(await here.pushManifest(digestOf(text), text), 201);
    assert.deepEqual((await here.get('tags/list')).json.tags, []);
  });

  test('is whole and in lexical order, in one page or in many', async () => {
    const here = await tagged();
    const whole = expect(await here.get('tags/list'), 200);
    assert.equal(whole.headers.link, undefined);
    assert.deepEqual(whole.json.tags, lexical(TAGS));
    assert.ok(whole.json.name.startsWith(`${mine.account}/images/`));
    for (const n of [1, 2, 3, TAGS.length - 1, TAGS.length, TAGS.length + 1, 1000]) {
      const found = await pages(here, `tags/list?n=${n}`);
      assert.deepEqual(
        found.flatMap((page) => page.json.tags),
        lexical(TAGS),
        `n=${n}`,
      );
      assert.equal(found.length, Math.ceil(TAGS.length / n), `n=${n}`);
    }
  });

  test('begins behind `last`, whether that is a tag or not', async () => {
    const here = await tagged();
    const after = async (last) => (await here.get(`tags/list?last=${last}`)).json.tags;
    assert.deepEqual(await after('v1'), ['v1.0', 'v10', 'v2', 'Z']);
    assert.deepEqual(await after('v11'), ['v2', 'Z']);
    assert.deepEqual(await after('zz'), []);
  });

  test('is empty for n=0, and refused for an n that is no number', async () => {
    const here = await tagged();
    const none = expect(await here.get('tags/list?n=0'), 200);
    assert.deepEqual(none.json.tags, []);
    for (const n of ['-1', 'x', '1.5', '99999999999999999999']) {
      assertError(await here.get(`tags/list?n=${n}`), 400, 'PAGINATION_NUMBER_INVALID');
    }
  });
});

describe('the list of referrers', () => {
  const artifact = (subject, artifactType, more = {}) =>
    manifestOf([], { subject: descriptor(TYPES.manifest, subject), artifactType, ...more });

  test('is empty where there is none', async () => {
    const here = fresh();
    const reply = expect(await here.get(`referrers/${digestOf('nothing')}`), 200);
    assert.equal(reply.headers['content-type'], TYPES.index);
    const empty = { schemaVersion: 2, mediaType: TYPES.index, manifests: [] };
    assert.deepEqual(reply.json, empty);
  });

  test('has each artifact with its type, size and annotations, subject pushed or not', async () => {
    const here = fresh();
    await here.pushBlob('{}');
    const subject = manifestOf([]);
    const annotations = { 'org.example.note': 'a "quoted" nöte' };
    const texts = [
      artifact(subject, 'application/vnd.example.a', { annotations }),
      artifact(subject, 'application/vnd.example.b'),
      artifact(subject, undefined),
    ];
    for (const text of texts) {
      const pushed = expect(await here.pushManifest(digestOf(text), text), 201);
      assert.equal(pushed.headers['oci-subject'], digestOf(subject));
    }
    const expected = texts.map((text) => ({
      mediaType: TYPES.manifest,
      digest: digestOf(text),
      size: Buffer.byteLength(text),
      artifactType: JSON.parse(text).artifactType ?? TYPES.config,
      ...(JSON.parse(text).annotations && { annotations }),
    }));
    const listed = async () =>
      expect(await here.get(`referrers/${digestOf(subject)}`), 200).json.manifests;
    const byDigest = (list) => [...list].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    assert.deepEqual(byDigest(await listed()), byDigest(expected));
    expect(await here.pushManifest('v1', subject), 201);
    assert.deepEqual(byDigest(await listed()), byDigest(expected));
  });

  test('is filtered by type, and says so', async () => {
    const here = fresh();
    await here.pushBlob('{}');
    const subject = manifestOf([]);
    const [a, b] = ['a', 'b'].map((type) => artifact(subject, `application/vnd.example.${type}`));
    for (const text of [a, b]) expect(await here.pushManifest(digestOf(text), text), 201);
    const path = `referrers/${digestOf(subject)}?artifactType=`;
    const reply = expect(await here.get(`${path}application%2Fvnd.example.b`), 200);
    assert.equal(reply.headers['oci-filters-applied'], 'artifactType');
    assert.deepEqual(
      reply.json.manifests.map(({ digest }) => digest),
      [digestOf(b)],
    );
    assert.deepEqual((await here.get(`${path}none`)).json.manifests, []);
  });

  test('comes in pages', async () => {
    const here = fresh();
    await here.pushBlob('{}');
    const subject = manifestOf([]);
    const texts = Array.from({ length: 105 }, (_, at) =>
      artifact(subject, 'application/vnd.example', { annotations: { at: `${at}` } }),
    );
    for (const text of texts) expect(await here.pushManifest(digestOf(text), text), 201);
    for (const query of ['', '?artifactType=application%2Fvnd.example']) {
      const found = await pages(here, `referrers/${digestOf(subject)}${query}`);
      assert.ok(found.length > 1, 'one page');
      const digests = found.flatMap((page) => page.json.manifests.map(({ digest }) => digest));
      assert.deepEqual(digests.sort(), texts.map((text) => digestOf(text)).sort());
    }
  });

  test('is of one image alone', async () => {
    const [here, there] = [fresh(), fresh()];
    const subject = manifestOf([]);
    await there.pushBlob('{}');
    const text = artifact(subject, 'application/vnd.example');
    expect(await there.pushManifest(digestOf(text), text), 201);
    assert.deepEqual((await here.get(`referrers/${digestOf(subject)}`)).json.manifests, []);
  });
});
