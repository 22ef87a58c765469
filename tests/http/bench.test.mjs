// Every fault of every part of upstream, made by the fault bench, and what a pull gets then.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { KV_FAULTS } from '../../dev/faults/kv.mjs';
import { PROXY_FAULTS } from '../../dev/faults/proxy.mjs';
import { bench } from '../support/bench.mjs';
import { bearer } from '../support/http.mjs';
import { logLine } from '../support/log.mjs';
import { assertError } from '../support/oci.mjs';
import { outcome } from '../support/pulling.mjs';

const DEADLINE_MS = 600;
const CODES = { 429: 'TOOMANYREQUESTS', 502: 'UNAVAILABLE', 504: 'UNAVAILABLE' };
const here = await bench();
const settings = {
  TARGET_SECONDS: '1',
  TAG_SECONDS: '1',
  TOKEN_SECONDS: '1',
  CREDENTIAL_SECONDS: '1',
  UPSTREAM_DEADLINE_MS: `${DEADLINE_MS}`,
};
// Each test has a Worker of its own, which has not learnt to leave a part of upstream alone.
let worker;
beforeEach(async () => {
  worker = await here.start(settings);
});
afterEach(() => worker.stop());
const { digest } = here.upstream.seed.releases.find((it) => it.slug === 'acme/kiosk');
const KEPT = 'acme/kiosk';
// The API is asked for it only while it fails, so no resolution of it is ever kept.
const COLD = 'balenablocks/legacy/1.0.0';
// The registry is asked for it only while it fails, so no manifest of it is ever kept.
const UNSEEN = 'balenablocks/multiarch/1.0.0';
const owner = { headers: bearer(here.upstream.credentials.owner.apiKey) };
const RESOLVING = /^\/v7\//;
const TOKENS = /^\/auth\//;

// The status that a client gets if nothing is kept.
const TOLD = {
  refuse: 502,
  hang: 504,
  'break-off': 502,
  500: 502,
  502: 502,
  503: 502,
  504: 504,
  429: 429,
  '429-retry-after': 429,
  truncated: 502,
  'half-json': 502,
  'wrong-types': 502,
  'foreign-location': 502,
  'slow-drip': 504,
};

// Faults of a body only. The answer 304 has none, so they do not harm it.
const OF_BODIES = ['half-json', 'slow-drip'];

test('the table has every fault of the bench', () => {
  assert.deepEqual(Object.keys(TOLD).sort(), [...PROXY_FAULTS].sort());
});

function assertTold(reply, kind) {
  const status = TOLD[kind];
  assertError(reply, status, CODES[status]);
  assert.doesNotMatch(reply.text, /inside|foreign|127\.0\.0\.1|v7|JSON/);
  if (status === 429) assert.match(reply.headers['retry-after'], /^\d+$/);
  if (kind === '429-retry-after') assert.equal(reply.headers['retry-after'], '7');
}

describe('the API', () => {
  for (const kind of PROXY_FAULTS) {
    test(`${kind}: ${TOLD[kind]} if nothing is kept`, async () => {
      await here.api.fail(kind);
      assertTold((await outcome(worker.url, COLD)).granted, kind);
    });

    // A closed port refuses every request, so it cannot refuse only some.
    if (kind === 'refuse') continue;

    test(`${kind}, at resolutions: the old resolution is used`, async () => {
      assert.equal((await outcome(worker.url, KEPT)).digest, digest);
      await sleep(1000);
      await here.api.fail(kind, { only: RESOLVING });
      const { granted, digest: got } = await outcome(worker.url, KEPT);
      assert.equal(got, digest, granted.text);
      assert.deepEqual((await logLine(worker, granted)).resolved, ['stale']);
    });

    // The answer with a token has no location.
    if (kind === 'foreign-location') continue;

    test(`${kind}, at tokens: ${TOLD[kind]} for callers with a credential`, async () => {
      assert.equal((await outcome(worker.url, KEPT, owner)).digest, digest);
      await sleep(1000);
      await here.api.fail(kind, { only: TOKENS });
      assertTold((await outcome(worker.url, KEPT, owner)).granted, kind);
    });

    test(`${kind}, at tokens: the old token for anonymous callers`, async () => {
      assert.equal((await outcome(worker.url, KEPT)).digest, digest);
      await sleep(1000);
      await here.api.fail(kind, { only: TOKENS });
      const { granted, digest: got } = await outcome(worker.url, KEPT);
      assert.equal(got, digest, granted.text);
      assert.equal((await logLine(worker, granted)).token, 'stale');
    });
  }

  for (const kind of ['break-off', '502', '503', '504', 'truncated']) {
    test(`${kind}, once: the Worker tries again, and the client does not notice`, async () => {
      for (const only of [RESOLVING, TOKENS]) {
        await sleep(1000);
        await here.api.fail(kind, { only, times: 1 });
        const before = here.api.requests().length;
        const { granted, digest: got } = await outcome(worker.url, KEPT);
        assert.equal(got, digest, granted.text);
        assert.deepEqual((await logLine(worker, granted)).resolved, ['api']);
        assert.equal(here.api.requests().length, before + 3);
      }
    });
  }

  test('hang: one caller waits; the next ones get what is kept, without a call', async () => {
    assert.equal((await outcome(worker.url, KEPT)).digest, digest);
    await sleep(1000);
    await here.api.fail('hang');
    for (const calls of [2, 0, 0]) {
      const { granted, digest: got } = await outcome(worker.url, KEPT);
      assert.equal(got, digest, granted.text);
      const { resolved, token, upstream_calls } = await logLine(worker, granted);
      assert.deepEqual({ resolved, token }, { resolved: ['stale'], token: 'stale' });
      assert.equal(upstream_calls, calls);
    }
  });
});

describe('the registry', () => {
  // The registry's answers have no location.
  for (const kind of PROXY_FAULTS.filter((it) => it !== 'foreign-location')) {
    test(`${kind}: ${TOLD[kind]} if nothing is kept`, async () => {
      await here.registry.fail(kind);
      assertTold((await outcome(worker.url, UNSEEN)).manifest, kind);
    });

    test(`${kind}: the kept manifest, although its tag is too old`, async () => {
      assert.equal((await outcome(worker.url, KEPT)).digest, digest);
      await sleep(1000);
      await here.registry.fail(kind);
      const { manifest, digest: got } = await outcome(worker.url, KEPT);
      assert.equal(got, digest, manifest.text);
      const source = OF_BODIES.includes(kind) ? 'registry' : 'stale';
      assert.equal((await logLine(worker, manifest)).content, source);
    });
  }

  for (const kind of ['break-off', '502', '503', '504', 'truncated']) {
    test(`${kind}, once: the Worker tries again, and the client does not notice`, async () => {
      await sleep(1000);
      await here.registry.fail(kind, { times: 1 });
      const { manifest, digest: got } = await outcome(worker.url, KEPT);
      assert.equal(got, digest);
      assert.equal((await logLine(worker, manifest)).content, 'registry');
    });
  }
});

describe('the store', () => {
  const PROBLEMS = { refuse: /^the store/, error: /^the store failed/, hang: /^the store took/ };

  for (const kind of KV_FAULTS) {
    test(`${kind}: pulls go on`, async () => {
      await sleep(1000);
      await here.kv.fail(kind);
      const began = Date.now();
      const { granted, digest: got } = await outcome(worker.url, KEPT);
      assert.equal(got, digest, granted.text);
      assert.ok(Date.now() - began < 1500);
      const { resolved, problem = '' } = await logLine(worker, granted);
      assert.deepEqual(resolved, ['api']);
      assert.match(problem, PROBLEMS[kind] ?? /^$/);
    });

    test(`${kind}: pulls go on with a Worker that has an empty memory`, async () => {
      const fresh = await here.start(settings);
      await here.kv.fail(kind);
      assert.equal((await outcome(fresh.url, KEPT)).digest, digest);
    });
  }

  test('an entry that was moved to another key, and an entry of nonsense, are ignored', async () => {
    await outcome(worker.url, KEPT);
    const [fresh, keys] = [await here.start(settings), here.kv.keys()];
    const value = here.kv.get(keys.find((key) => key.endsWith(KEPT)));
    const other = keys.find((key) => key.endsWith(KEPT)).replace(KEPT, COLD);
    here.kv.put(other, value);
    here.kv.put(`release/5/public/acme/gateway/1.0.0`, Buffer.from('nonsense'));
    const legacy = here.upstream.seed.releases.find((it) => it.slug === 'balenablocks/legacy');
    const { digest: got, granted } = await outcome(fresh.url, COLD);
    assert.equal(got, legacy.digest);
    assert.deepEqual((await logLine(fresh, granted)).resolved, ['api']);
    assert.equal((await outcome(fresh.url, 'acme/gateway/1.0.0/proxy')).status, 200);
  });
});
