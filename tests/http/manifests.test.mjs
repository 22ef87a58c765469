// Manifests: every release reference leads to its image, and the bytes have the digest.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { front } from '../support/front.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { registryDigest } from '../support/upstream.mjs';

const here = await front();
const { releases } = here.upstream.seed;
const owner = { headers: bearer(here.upstream.credentials.owner.apiKey) };
const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const manifest = (name, reference, held, options = {}) =>
  send(here.url, `/v2/${name}/manifests/${reference}`, {
    ...options,
    headers: { ...bearer(held), ...options.headers },
  });

for (const release of releases.filter(({ isFaulty }) => !isFaulty)) {
  for (const name of release.references) {
    test(`${name} is ${release.rawVersion}, ${release.service}`, async () => {
      const held = await token(here.url, [pull(name)], owner);
      const reply = await manifest(name, 'latest', held);
      assertStatus(reply, 200);
      assert.equal(sha256(reply.body), await registryDigest(here.upstream, release));
      assert.equal(reply.headers['docker-content-digest'], release.digest);
      assert.equal(reply.headers['content-type'], release.mediaType);
    });
  }
}

test('a name of no release, or of several images, is not found', async () => {
  const { commit } = releases[0];
  const names = [
    'balenablocks/browser/2.5.1',
    'balenablocks/browser/2.4.0',
    'balenablocks/browser/9.9.9',
    'balenablocks/browser/2.3.8-rev3',
    `acme/kiosk/${commit.slice(0, 7)}`,
    'balenablocks/browser/2.3.8/nothing',
    'balenablocks/browser/2.3.8/main/more',
    'acme/empty',
    'acme/gateway',
    'acme/gateway/1.0.0',
    'acme',
  ];
  const held = await token(here.url, names.slice(0, 6).map(pull));
  const rest = await token(here.url, names.slice(6).map(pull));
  for (const [at, name] of names.entries()) {
    const reply = await manifest(name, 'latest', at < 6 ? held : rest);
    const message = assertError(reply, 403, 'DENIED');
    assert.ok(message.includes(name.split('/')[0]), message);
  }
});

test('the error for a release of several services lists them', async () => {
  const names = ['acme/gateway', 'acme/gateway/1.0.0/nothing'];
  const held = await token(here.url, names.map(pull));
  const [several, none] = await Promise.all(names.map((name) => manifest(name, 'x', held)));
  assert.match(
    several.text,
    /browser, proxy\. Pull one of them as acme\/gateway\/latest\/<service>/,
  );
  assert.match(none.text, /has no service nothing; it has browser, proxy/);
});

test('any tag means the image, and a digest means itself or nothing', async () => {
  const { digest, references } = releases.find(({ isTarget }) => isTarget);
  const [name] = references;
  const held = await token(here.url, [pull(name)]);
  for (const reference of ['latest', 'v1-alpine', 'anything_else', digest]) {
    const reply = await manifest(name, reference, held);
    assert.equal(sha256(reply.body), digest, reference);
  }
  const elsewhere = releases.find((release) => release.slug === 'acme/kiosk').digest;
  for (const reference of [elsewhere, `sha256:${'1'.repeat(64)}`, `sha512:${'1'.repeat(128)}`]) {
    assertError(await manifest(name, reference, held), 404, 'MANIFEST_UNKNOWN');
  }
});

test('a tag that selects no release is an error, unless the name has its release', async () => {
  const { references } = releases.find(({ isTarget }) => isTarget);
  const name = references.find((reference) => reference.split('/').length === 2);
  const held = await token(here.url, [pull(name)]);
  for (const tag of ['999.9.9', '1.0.0-1763000000000', '0'.repeat(40)]) {
    const reply = await manifest(name, tag, held);
    assert.ok(assertError(reply, 404, 'MANIFEST_UNKNOWN').startsWith(`release ${tag} of ${name} `));
    assertStatus(await manifest(name, tag, held, { method: 'HEAD' }), 404);
    const within = await token(here.url, [pull(`${name}/latest`)]);
    assertStatus(await manifest(`${name}/latest`, tag, within), 200);
  }
});

test('with a narrow Accept or none, GET gets the same bytes and HEAD the same headers', async () => {
  const accepts = [
    {},
    { accept: '*/*' },
    { accept: 'application/json' },
    { accept: 'application/vnd.docker.distribution.manifest.v1+json' },
    { accept: 'application/vnd.oci.image.manifest.v1+json' },
  ];
  const images = releases.filter(({ isPublic, isFaulty, references }) => {
    return isPublic && !isFaulty && references.length > 0;
  });
  for (const { references, digest, mediaType, size } of images) {
    const name = references.at(-1);
    const held = await token(here.url, [pull(name)]);
    for (const headers of accepts) {
      const got = await manifest(name, 'latest', held, { headers });
      assert.equal(sha256(got.body), digest);
      const head = await manifest(name, 'latest', held, { headers, method: 'HEAD' });
      assertStatus(head, 200);
      assert.equal(head.body.length, 0);
      assert.equal(head.headers['content-length'], String(size));
      assert.equal(head.headers['content-type'], mediaType);
      assert.equal(head.headers['docker-content-digest'], digest);
    }
  }
});

test('the children of an index can be pulled by digest', async () => {
  const indexes = releases.filter(({ platforms }) => platforms.length > 1);
  assert.ok(indexes.length >= 2);
  for (const { references, platforms } of indexes) {
    const held = await token(here.url, [pull(references[0])]);
    for (const { digest, mediaType } of platforms) {
      const reply = await manifest(references[0], digest, held);
      assert.equal(sha256(reply.body), digest);
      assert.equal(reply.headers['content-type'], mediaType);
    }
  }
});

test('a manifest that the client already has is not sent again', async () => {
  const { references, digest } = releases.find(({ isTarget }) => isTarget);
  const held = await token(here.url, [pull(references[0])]);
  const headers = { 'if-none-match': `"${digest}"` };
  const reply = await manifest(references[0], digest, held, { headers });
  assertStatus(reply, 304);
  assert.equal(reply.body.length, 0);
});

test('an answer has the allowed headers, and no other header of upstream', async () => {
  const { references } = releases.find(({ isTarget }) => isTarget);
  const held = await token(here.url, [pull(references[0])]);
  const { headers } = await manifest(references[0], 'latest', held);
  assert.deepEqual(
    Object.keys(headers)
      .filter((name) => name !== 'connection')
      .sort(),
    [
      'cache-control',
      'content-length',
      'content-type',
      'docker-content-digest',
      'docker-distribution-api-version',
      'etag',
      'server-timing',
      'x-content-type-options',
      'x-request-id',
    ],
  );
  assert.equal(headers['cache-control'], 'private, no-transform');
});

test('a location that is not on the registry is a bad gateway, and no token is asked for it', async () => {
  for (const name of ['acme/foreign', 'acme/malformed/1.0.0']) {
    const before = here.upstream.api.requests().length;
    const reply = await send(here.url, `/auth/v1/token?scope=${pull(name)}`);
    const message = assertError(reply, 502, 'UNAVAILABLE');
    assert.doesNotMatch(message, /evil|UPPER|location/);
    // A token for the name is asked for while the location is not known yet.
    const asked = here.upstream.api.requests().slice(before);
    const tokens = asked.filter(({ url }) => url.startsWith('/auth/'));
    assert.equal(asked.length, 2, JSON.stringify(asked));
    assert.deepEqual(
      tokens.map(({ url }) => new URL(url, here.url).searchParams.get('scope')),
      [`repository:${name}:pull`],
    );
  }
});
