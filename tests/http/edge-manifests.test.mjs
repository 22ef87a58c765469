// Manifests that are kept at the edge: what they cost, and who gets them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { bearer } from '../support/http.mjs';
import { granted, sha256, under } from '../support/location.mjs';
import { logLine } from '../support/log.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { costOf } from '../support/pulling.mjs';

const here = await bench();
const { releases } = here.upstream.seed;
const find = (slug) => releases.find((it) => it.slug === slug && it.references.includes(slug));
const [kiosk, browser] = ['acme/kiosk', 'balenablocks/browser'].map(find);
const cold = () => here.start({}, { kv: undefined, cache: undefined });

test('HEAD and GET, by tag and by digest, cost one request to the registry together', async () => {
  const { manifest } = await granted(await cold(), kiosk.slug);
  const replies = [];
  const cost = await costOf(here, async () => {
    for (const reference of ['latest', 'other', kiosk.digest]) {
      for (const method of ['HEAD', 'GET']) replies.push(await manifest(reference, { method }));
    }
  });
  assert.equal(cost.length, 1, cost.join('\n'));
  for (const { status, headers, body } of replies) {
    assert.equal(status, 200);
    assert.equal(headers['docker-content-digest'], kiosk.digest);
    assert.equal(headers.etag, `"${kiosk.digest}"`);
    assert.equal(headers['content-type'], kiosk.mediaType);
    assert.equal(headers['content-length'], `${kiosk.size}`);
    assert.ok(body.length === 0 || sha256(body) === kiosk.digest);
  }
});

test('a client that already has a manifest gets 304, without a call upstream', async () => {
  const { manifest } = await granted(await cold(), kiosk.slug);
  await manifest('latest');
  const etag = `"${kiosk.digest}"`;
  const rows = [
    [etag, 304],
    [`W/${etag}`, 304],
    [`"x", ${etag}`, 304],
    ['*', 304],
    ['"x"', 200],
    [kiosk.digest, 200],
    [`"${browser.digest}"`, 200],
  ];
  const cost = await costOf(here, async () => {
    for (const [known, status] of rows) {
      for (const reference of ['latest', kiosk.digest]) {
        for (const method of ['GET', 'HEAD']) {
          const reply = await manifest(reference, { method, headers: { 'if-none-match': known } });
          assertStatus(reply, status);
          assert.equal(reply.headers.etag, etag);
          if (status === 304) assert.equal(reply.body.length, 0);
        }
      }
    }
  });
  assert.deepEqual(cost, []);
});

test('when a tag is too old, the registry only confirms the kept manifest', async () => {
  const { registry } = here.upstream;
  for (const [settings, milliseconds] of [
    [{ TAG_SECONDS: '0' }, 0],
    [{ TAG_SECONDS: '1' }, 1100],
  ]) {
    const worker = await here.start(settings, { kv: undefined, cache: undefined });
    const { manifest } = await granted(worker, kiosk.slug);
    const mark = registry.requests().length;
    for (const method of ['GET', 'GET', 'HEAD']) {
      const reply = await manifest('latest', { method });
      assertStatus(reply, 200);
      assert.equal(reply.headers['docker-content-digest'], kiosk.digest);
      assert.equal(reply.headers['content-type'], kiosk.mediaType);
      assert.equal(reply.headers['content-length'], `${kiosk.size}`);
      if (method === 'GET') assert.equal(sha256(reply.body), kiosk.digest);
      assert.equal((await logLine(worker, reply)).content, 'registry');
      await sleep(milliseconds);
    }
    const statuses = registry
      .requests()
      .slice(mark)
      .map(({ status }) => status);
    assert.deepEqual(statuses, [200, 304, 304]);
  }
});

test('a second Worker of a data centre needs no call for manifests and redirects', async () => {
  const [first, second] = [await here.start(), await here.start()];
  const all = async (worker) => {
    const { manifest, blob } = await granted(worker, kiosk.slug);
    const { layers } = (await manifest('latest')).json;
    for (const { digest } of layers) assert.equal((await blob(digest)).status, 307);
    return logLine(worker, await manifest(kiosk.digest, { method: 'HEAD' }));
  };
  assert.equal((await all(first)).content, 'memory');
  assert.deepEqual(await costOf(here, () => all(second)), []);
});

test('a token for one location gets nothing that is kept for another one, even by digest', async () => {
  const { credentials, seed } = here.upstream;
  const owner = { headers: bearer(credentials.owner.apiKey) };
  const secret = seed.releases.find(({ slug }) => slug === 'acme/secret');
  const [first, second] = [await here.start(), await here.start()];
  for (const [release, options] of [[kiosk], [secret, owner]]) {
    const { manifest, blob } = await granted(first, release.references[0], options);
    const { config, layers } = (await manifest('latest')).json;
    const blobs = [config, ...layers].map(({ digest }) => digest);
    for (const digest of blobs) assert.equal((await blob(digest)).status, 307);

    for (const worker of [first, second]) {
      const other = await granted(worker, browser.slug);
      for (const method of ['GET', 'HEAD']) {
        const got = await other.manifest(release.digest, { method });
        assertStatus(got, 404);
        for (const digest of blobs) {
          const reply = await other.blob(digest, { method });
          assertStatus(reply, 404);
          assert.equal(reply.headers.location, undefined);
        }
      }
      const name = release.references[0];
      const reply = await under(other.held, worker.url, name, 'manifests', release.digest);
      assertError(reply, 401, 'UNAUTHORIZED');
    }
  }
});
