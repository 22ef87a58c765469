// The table of answers, row by row. Requests are sent raw to the built Worker.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwarded, front } from '../support/front.mjs';
import { basic, bearer, pull, send, token } from '../support/http.mjs';
import { assertError, assertStatus, challenge } from '../support/oci.mjs';

const APP = 'balenablocks/browser';
const OTHER = 'acme/kiosk';
const ABSENT = `sha256:${'0'.repeat(64)}`;
const here = await front();
const held = await token(here.url, [pull(APP)]);

const get = (path, options) => send(here.url, path, options);
const withToken = (path, options = {}) => get(path, { ...options, headers: bearer(held) });

test('ping answers pong, and healthz answers ok', async () => {
  assert.equal((await get('/ping')).text, 'pong');
  const health = await get('/healthz');
  assertStatus(health, 200);
  assert.deepEqual(health.json, { status: 'ok', problems: [], hosting: 'off' });
});

test('every registry path without a token gets a challenge, without a call upstream', async () => {
  const manifest = `/v2/${APP}/manifests/latest`;
  const rows = [
    ['/v2/', {}, undefined],
    ['/v2', {}, undefined],
    ['/v2/?x=1', {}, undefined],
    ['/v2/', { headers: basic('key') }, undefined],
    [manifest, {}, pull(APP)],
    [manifest, { headers: basic('key') }, pull(APP)],
    [manifest, { headers: { authorization: 'Negotiate x' } }, pull(APP)],
    [`/v2/${APP}/blobs/${ABSENT}`, {}, pull(APP)],
    [`/v2/${APP}/tags/list`, {}, pull(APP)],
    [`/v2/${APP}/referrers/${ABSENT}`, {}, pull(APP)],
  ];
  const calls = await forwarded(here.upstream, async () => {
    for (const [path, options, scope] of rows) {
      const reply = await get(path, options);
      assertError(reply, 401, 'UNAUTHORIZED');
      const service = new URL(here.url).host;
      const realm = `${here.url}/auth/v1/token`;
      assert.deepEqual(challenge(reply), { realm, service, ...(scope && { scope }) }, path);
      assert.equal(reply.headers['docker-distribution-api-version'], 'registry/2.0');
    }
  });
  assert.deepEqual(calls, []);
});

test('the base path accepts a token with any scope or none, without a call upstream', async () => {
  const without = await token(here.url, []);
  const calls = await forwarded(here.upstream, async () => {
    for (const path of ['/v2/', '/v2']) {
      for (const value of [held, without]) {
        const reply = await get(path, { headers: bearer(value) });
        assertStatus(reply, 200);
        assert.equal(reply.headers['docker-distribution-api-version'], 'registry/2.0');
        assert.deepEqual(reply.json, {});
      }
    }
  });
  assert.deepEqual(calls, []);
});

test('a name that the token is not for gets a challenge with its own scope', async () => {
  const calls = await forwarded(here.upstream, async () => {
    const reply = await withToken(`/v2/${OTHER}/manifests/latest`);
    assertError(reply, 401, 'UNAUTHORIZED');
    assert.equal(challenge(reply).error, 'insufficient_scope');
    assert.equal(challenge(reply).scope, pull(OTHER));
  });
  assert.deepEqual(calls, []);
});

test('a manifest or blob that upstream does not have is unknown', async () => {
  const manifest = await withToken(`/v2/${APP}/manifests/${ABSENT}`);
  assertError(manifest, 404, 'MANIFEST_UNKNOWN');
  assertError(await withToken(`/v2/${APP}/blobs/${ABSENT}`), 404, 'BLOB_UNKNOWN');
});

test('tags for signatures and other attachments are not the image, and cost no call', async () => {
  const calls = await forwarded(here.upstream, async () => {
    for (const end of ['', '.sig', '.att', '.sbom']) {
      const reply = await withToken(`/v2/${APP}/manifests/sha256-${'a'.repeat(64)}${end}`);
      assertError(reply, 404, 'MANIFEST_UNKNOWN');
    }
  });
  assert.deepEqual(calls, []);
});

test('tags and referrers of a release are listed under a grant, without a call upstream', async () => {
  const name = `${APP}/latest`;
  const held = bearer(await token(here.url, [pull(name)]));
  const rows = [
    ['', ['latest']],
    ['?n=10', ['latest']],
    ['?n=0', []],
    ['?n=1&last=a', ['latest']],
    ['?last=latest', []],
  ];
  const calls = await forwarded(here.upstream, async () => {
    for (const [query, tags] of rows) {
      const reply = await get(`/v2/${name}/tags/list${query}`, { headers: held });
      assertStatus(reply, 200);
      assert.deepEqual(reply.json, { name, tags }, query);
    }
    const reply = await withToken(`/v2/${APP}/referrers/${ABSENT}?artifactType=x`);
    assert.equal(reply.headers['content-type'], 'application/vnd.oci.image.index.v1+json');
    assert.equal(reply.headers['oci-filters-applied'], 'artifactType');
    assert.deepEqual(reply.json.manifests, []);
  });
  assert.deepEqual(calls, []);
});

test('a request that would change a release is refused, and never forwarded', async () => {
  const rows = [
    ['PUT', `/v2/${APP}/manifests/latest`],
    ['DELETE', `/v2/${APP}/manifests/${ABSENT}`],
    ['DELETE', `/v2/${APP}/blobs/${ABSENT}`],
    ['POST', `/v2/${APP}/blobs/uploads/`],
    ['POST', `/v2/${APP}/blobs/uploads/?mount=${ABSENT}&from=${OTHER}`],
    ['PATCH', `/v2/${APP}/blobs/uploads/some-session`],
    ['PUT', `/v2/${APP}/blobs/uploads/some-session?digest=${ABSENT}`],
    ['GET', `/v2/${APP}/blobs/uploads/some-session`],
  ];
  const calls = await forwarded(here.upstream, async () => {
    for (const [method, path] of rows) {
      for (const reply of [await get(path, { method }), await withToken(path, { method })]) {
        const message = assertError(reply, 405, 'UNSUPPORTED');
        assert.equal(reply.headers.allow, 'GET, HEAD');
        assert.match(message, /balena push/);
      }
    }
  });
  assert.deepEqual(calls, []);
});

test('any other path is not found: an OCI error under /v2, a page elsewhere', async () => {
  assertError(await get('/v2/_catalog/more'), 404, 'UNSUPPORTED');
  assertError(await get('/v2/a/b/unknown/thing'), 404, 'UNSUPPORTED');
  for (const path of ['/', '/favicon.ico', '/v1/x', '/v20/', '//v2/']) {
    const reply = await get(path);
    assertStatus(reply, 404);
    assert.match(reply.headers['content-type'], /^text\/plain/);
    assert.match(reply.text, /docker pull/);
  }
});

test('a wrong method is refused, and the answer lists the right ones', async () => {
  const rows = [
    ['POST', '/v2/', 'GET, HEAD'],
    ['PROPFIND', '/v2/', 'GET, HEAD'],
    ['DELETE', '/ping', 'GET, HEAD'],
    ['PUT', '/auth/v1/token', 'GET, POST'],
  ];
  for (const [method, path, allow] of rows) {
    const reply = await get(path, { method });
    assertError(reply, 405, 'UNSUPPORTED');
    assert.equal(reply.headers.allow, allow);
  }
});
