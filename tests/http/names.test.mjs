// Paths and names outside the grammar, sent raw.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwarded, front } from '../support/front.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';

const APP = 'balenablocks/browser';
const here = await front();
const held = await token(here.url, [pull(APP)]);

const BAD_NAMES = [
  `${APP}/../kiosk`,
  `../${APP}`,
  `${APP}/.`,
  `${APP}/%2e%2e/kiosk`,
  `${APP}/%2E%2E/kiosk`,
  `${APP}/..%2fkiosk`,
  'balenablocks%2fbrowser',
  'balenablocks%2Fbrowser',
  'balenablocks%252fbrowser',
  'balenablocks\\browser',
  'balenablocks%5cbrowser',
  "balenablocks/brow'ser",
  'balenablocks/brow%27ser',
  'balenablocks/brow"ser',
  'balenablocks//browser',
  '/balenablocks/browser',
  'Balenablocks/browser',
  'balenablocks/Browser',
  'balenablocks/browser-',
  '_balenablocks/browser',
  'balenablocks/browser:2.3.8',
  'balenablocks/browser/2.3.8+rev1',
  `balenablocks/${'a'.repeat(300)}`,
  `balenablocks/${'a'.repeat(256 - 'balenablocks/'.length)}`,
];

const ABSENT = `sha256:${'0'.repeat(64)}`;
const ENDS = ['manifests/latest', `manifests/${ABSENT}`, `blobs/${ABSENT}`, 'tags/list'];

test('a name outside the grammar is refused on every path, and never forwarded', async () => {
  const calls = await forwarded(here.upstream, async () => {
    for (const name of BAD_NAMES) {
      for (const end of [...ENDS, `referrers/${ABSENT}`]) {
        const reply = await send(here.url, `/v2/${name}/${end}`, { headers: bearer(held) });
        assertError(reply, 400, 'NAME_INVALID');
      }
    }
  });
  assert.deepEqual(calls, []);
});

test('a name of 255 characters is within the grammar', async () => {
  const name = `balenablocks/${'a'.repeat(255 - 'balenablocks/'.length)}`;
  const reply = await send(here.url, `/v2/${name}/manifests/latest`);
  assertError(reply, 401, 'UNAUTHORIZED');
});

test('extensions of the registry API are not there, and are not names', async () => {
  for (const path of ['/v2/_oci/ext/discover', '/v2/_catalogs', `/v2/${APP}/_oci/ext/discover`]) {
    assertError(await send(here.url, path, { headers: bearer(held) }), 404, 'UNSUPPORTED');
  }
});

test('a digest outside the grammar is refused, and never forwarded', async () => {
  const rows = [
    `sha256:${'0'.repeat(63)}`,
    `sha256:${'0'.repeat(65)}`,
    `sha256:${'A'.repeat(64)}`,
    `sha512:${'0'.repeat(64)}`,
    `md5:${'0'.repeat(32)}`,
    'sha256:',
    ':',
    `sha256:${'0'.repeat(62)}..`,
  ];
  const calls = await forwarded(here.upstream, async () => {
    for (const digest of rows) {
      for (const kind of ['manifests', 'blobs', 'referrers']) {
        const path = `/v2/${APP}/${kind}/${digest}`;
        assertError(await send(here.url, path, { headers: bearer(held) }), 400, 'DIGEST_INVALID');
      }
    }
  });
  assert.deepEqual(calls, []);
});

test('a tag outside the grammar is an unknown manifest, and never forwarded', async () => {
  const calls = await forwarded(here.upstream, async () => {
    for (const tag of ['.hidden', '-x', 'a'.repeat(129), 'a%20b', '..', '']) {
      const path = `/v2/${APP}/manifests/${tag}`;
      assertError(await send(here.url, path, { headers: bearer(held) }), 404, 'MANIFEST_UNKNOWN');
    }
  });
  assert.deepEqual(calls, []);
});

test('a Host header that is not a host is refused', async () => {
  for (const host of ['a"b', 'a b', "a'b", 'a,b']) {
    const reply = await send(here.url, '/v2/', { headers: { host } });
    assertStatus(reply, 400);
  }
});
