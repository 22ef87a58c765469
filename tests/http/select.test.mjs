// A tag selects a release behind a name without one: for many callers at once, whichever Worker they
// reach, and whatever KV and the cache have forgotten.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench } from '../support/bench.mjs';
import { bearer, pull, token } from '../support/http.mjs';
import { follow, under } from '../support/location.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { costOf } from '../support/pulling.mjs';

const TEN = 10;
const here = await bench();
const { control, credentials, seed } = here.upstream;
const owner = { headers: bearer(credentials.owner.apiKey) };
const stranger = { headers: bearer(credentials.stranger.apiKey) };
const OPEN = await application('acme/shelf', { isPublic: true });
const CLOSED = await application('acme/safe', { isPublic: false });

async function application(slug, options) {
  await control.createApplication({ slug, ...options });
  const releases = [];
  for (let number = 0; number <= TEN; number += 1) {
    const { images } = await control.createRelease(slug, { semver: `1.${number}.0` });
    const [{ digest, platforms }] = images;
    const [{ config, layers }] = platforms;
    releases.push({ tag: `1.${number}.0`, digest, config, layers });
  }
  return { slug, releases };
}

// Pulls as docker does: the tag with HEAD, and everything else by digest.
async function pulls(worker, held, slug, release) {
  await asksForTag(worker, held, slug, release);
  const manifest = await under(held, worker.url, slug, 'manifests', release.digest);
  assertStatus(manifest, 200);
  await pullsBlobs(worker, held, slug, release);
}

async function asksForTag({ url }, held, slug, { tag, digest }) {
  const head = await under(held, url, slug, 'manifests', tag, { method: 'HEAD' });
  assertStatus(head, 200);
  assert.equal(head.headers['docker-content-digest'], digest, tag);
}

async function pullsBlobs({ url }, held, slug, { config, layers }) {
  for (const blob of [config, ...layers].map((descriptor) => descriptor.digest)) {
    const reply = await under(held, url, slug, 'blobs', blob);
    assertStatus(reply, 307);
    assert.deepEqual(await follow(reply), { status: 200, digest: blob });
  }
}

const CALLERS = [
  ['anybody pulls the public app', OPEN, {}],
  ['its owner pulls the private app', CLOSED, owner],
  ['a stranger with an API key pulls the public app', OPEN, stranger],
];

for (const [who, { slug, releases }, options] of CALLERS) {
  test(`${who} in ten versions at once from one cold Worker`, async () => {
    const worker = await here.start();
    const held = await token(worker.url, [pull(slug)], options);
    const wanted = releases.slice(0, TEN);
    await Promise.all(wanted.map((release) => pulls(worker, held, slug, release)));
  });

  test(`${who} in ten versions, with KV, cache and memory emptied before the blobs`, async () => {
    const [first, second] = [await here.start(), await here.start()];
    const held = await token(first.url, [pull(slug)], options);
    const wanted = releases.slice(0, TEN);
    await Promise.all(wanted.map((release) => asksForTag(first, held, slug, release)));
    for (const store of [here.kv, here.cache]) for (const key of store.keys()) store.remove(key);
    await Promise.all(wanted.map((release) => pullsBlobs(second, held, slug, release)));
    for (const release of wanted) await pulls(second, held, slug, release);
  });
}

test('callers without rights get none of it, and cause the calls that an unknown app causes', async () => {
  const worker = await here.start();
  const { slug, releases } = CLOSED;
  const [{ tag, digest, layers }] = releases;
  const rightful = await token(worker.url, [pull(slug)], owner);
  await pulls(worker, rightful, slug, releases[0]);
  for (const options of [{}, stranger]) {
    const seen = async (name) => {
      const told = [];
      const calls = await costOf(here, async () => {
        const held = await token(worker.url, [pull(name)], options);
        for (const [kind, reference] of [
          ['manifests', tag],
          ['manifests', digest],
          ['blobs', layers[0].digest],
        ]) {
          const reply = await under(held, worker.url, name, kind, reference);
          assertStatus(reply, reference === tag ? 403 : 404);
          told.push(reply.text.replaceAll(name, 'NAME'));
        }
      });
      return { told, calls: calls.map((call) => call.replaceAll(name, 'NAME')) };
    };
    assert.deepEqual(await seen(slug), await seen('acme/none'));
  }
});

for (const [setting, finds] of Object.entries({ select: true, ignore: false })) {
  test(`TAGS=${setting}: what a full commit, a version, a draft, a word and other tags mean`, async () => {
    const worker = await here.start({ TAGS: setting });
    const slug = 'balenablocks/browser';
    const of = (is) => seed.releases.find((entry) => entry.slug === slug && is(entry)).digest;
    const target = of(({ isTarget }) => isTarget);
    const draft = '2.4.0-1763000000000';
    const { commit, digest } = seed.releases.find(
      (entry) => entry.slug === slug && entry.rawVersion === '2.3.8+rev1',
    );
    const table = {
      latest: target,
      pinned: target,
      mine: target,
      '2.3.8': of(({ references }) => references.includes(`${slug}/2.3.8`)),
      [draft]: of(({ rawVersion }) => rawVersion === draft),
      [commit]: digest,
      '9.9.9': undefined,
      '2.5.1': undefined,
    };
    const held = await token(worker.url, [pull(slug)]);
    for (const [tag, expected] of Object.entries(table)) {
      const reply = await under(held, worker.url, slug, 'manifests', tag);
      const digest = finds ? expected : target;
      if (digest) assert.equal(reply.headers['docker-content-digest'], digest, reply.about);
      else assert.match(assertError(reply, 404, 'MANIFEST_UNKNOWN'), new RegExp(`${tag} of`));
    }
  });
}

test('the API finds an image by its digest, however old it is, and nothing under another app', async () => {
  const worker = await here.start();
  const slug = 'acme/old';
  await control.createApplication({ slug });
  const [first] = (await control.createRelease(slug, { semver: '0.1.0' })).images;
  for (let number = 0; number < 12; number += 1) {
    await control.createRelease(slug, { semver: `1.${number}.0` });
  }
  const held = await token(worker.url, [slug, OPEN.slug].map(pull));
  const calls = await costOf(here, async () => {
    const reply = await under(held, worker.url, slug, 'manifests', first.digest);
    assertStatus(reply, 200);
  });
  const parts = calls.map((call) => call.match(/^GET \/(v7\/image|auth|v2)/)[1]);
  assert.deepEqual(parts.sort(), ['auth', 'v2', 'v2', 'v7/image'], 'the target was asked first');
  const [layer] = first.platforms[0].layers;
  assertStatus(await under(held, worker.url, slug, 'blobs', layer.digest), 307);
  const other = await under(held, worker.url, OPEN.slug, 'manifests', first.digest);
  assertError(other, 404, 'MANIFEST_UNKNOWN');
});

test('a release whose image is an index is served with its children and their layers', async () => {
  const slug = 'balenablocks/multiarch';
  const index = seed.releases.find((entry) => entry.slug === slug && entry.rawVersion === '1.0.0');
  for (const shares of [true, false]) {
    const [first, second] = [await here.start(), await here.start()];
    const held = await token(first.url, [pull(slug)]);
    const reply = await under(held, first.url, slug, 'manifests', '1.0.0');
    assert.equal(reply.headers['docker-content-digest'], index.digest);
    const worker = shares ? first : second;
    for (const { digest, layers } of index.platforms) {
      assertStatus(await under(held, worker.url, slug, 'manifests', digest), 200);
      for (const layer of layers) {
        assertStatus(await under(held, worker.url, slug, 'blobs', layer.digest), 307);
      }
    }
  }
});
