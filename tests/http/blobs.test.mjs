// Blobs: directly from storage if the registry redirects, through the Worker if it streams.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { forwarded, front } from '../support/front.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { streaming } from '../support/upstream.mjs';

const here = await front();
const through = await here.start(streaming(here.upstream));
const large = here.upstream.seed.releases.find(({ slug }) => slug === 'balenablocks/large');
const [layer] = large.platforms[0].layers;
const small = large.platforms[0].config;
const name = large.references[0];
const held = {
  redirecting: await token(here.url, [pull(name)]),
  streaming: await token(through.url, [pull(name)]),
};
const path = (digest) => `/v2/${name}/blobs/${digest}`;
const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

test("the registry's redirect is relayed, for GET and HEAD, without a body", async () => {
  for (const method of ['GET', 'HEAD']) {
    const headers = { ...bearer(held.redirecting), range: 'bytes=0-9' };
    const reply = await send(here.url, path(layer.digest), { method, headers });
    assertStatus(reply, 307);
    assert.equal(reply.body.length, 0);
    const location = new URL(reply.headers.location);
    assert.equal(location.origin, here.upstream.storage.url);
    assert.doesNotMatch(location.href, new RegExp(large.repository));
  }
});

test('storage serves a client that follows the redirect, with Range and without the token', async () => {
  const reply = await send(here.url, path(small.digest), { headers: bearer(held.redirecting) });
  const { origin, pathname, search } = new URL(reply.headers.location);
  const signed = `${pathname}${search}`;
  assert.equal(sha256((await send(origin, signed)).body), small.digest);
  const part = await send(origin, signed, { headers: { range: 'bytes=5-9' } });
  assertStatus(part, 206);
  assert.equal(part.headers['content-range'], `bytes 5-9/${small.size}`);
  const refused = await send(origin, signed, { headers: bearer(held.redirecting) });
  assertStatus(refused, 400);
  assert.equal((await send(origin, pathname)).status, 403);
});

test('no byte of a layer passes through the Worker if the registry redirects', async () => {
  const cold = await here.start();
  const calls = await forwarded(here.upstream, async () => {
    await send(cold.url, path(layer.digest), { headers: bearer(held.redirecting) });
  });
  assert.deepEqual(
    calls.map(({ status }) => status),
    [307],
  );
  assert.ok(calls[0].bytes < 1000, `${calls[0].bytes}`);
});

test('a blob that the registry streams is passed through, complete and with its length', async () => {
  for (const { digest, size } of [small, layer]) {
    const reply = await send(through.url, path(digest), { headers: bearer(held.streaming) });
    assertStatus(reply, 200);
    assert.equal(reply.headers['content-length'], String(size));
    assert.equal(reply.headers['docker-content-digest'], digest);
    assert.equal(sha256(reply.body), digest);
    const head = await send(through.url, path(digest), {
      method: 'HEAD',
      headers: bearer(held.streaming),
    });
    assert.equal(head.headers['content-length'], String(size));
  }
});

test('the pull of a streamed layer is resumed with Range', async () => {
  const whole = await send(through.url, path(layer.digest), { headers: bearer(held.streaming) });
  const from = layer.size - 1_000_000;
  const ranges = {
    [`bytes=${from}-`]: from,
    'bytes=0-9': 0,
    [`bytes=${layer.size - 1}-`]: layer.size - 1,
  };
  for (const [range, start] of Object.entries(ranges)) {
    const headers = { ...bearer(held.streaming), range };
    const reply = await send(through.url, path(layer.digest), { headers });
    assertStatus(reply, 206);
    const end = start + reply.body.length;
    assert.equal(reply.headers['content-range'], `bytes ${start}-${end - 1}/${layer.size}`);
    assert.deepEqual(reply.body, whole.body.subarray(start, end));
  }
});

test('a range beyond the end of a layer is refused, and the answer has the length', async () => {
  const headers = { ...bearer(held.streaming), range: `bytes=${layer.size}-` };
  const reply = await send(through.url, path(layer.digest), { headers });
  assertError(reply, 416, 'RANGE_INVALID');
  assert.equal(reply.headers['content-range'], `bytes */${layer.size}`);
});

test('a range that is not valid is ignored', async () => {
  for (const range of ['bytes=5-2', 'bytes=9-10,5-2', 'bytes=x-', 'lines=0-1']) {
    const headers = { ...bearer(held.streaming), range };
    const reply = await send(through.url, path(small.digest), { headers });
    assert.equal(reply.status, 200, range);
    assert.equal(sha256(reply.body), small.digest);
  }
});
