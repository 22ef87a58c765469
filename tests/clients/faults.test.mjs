// Real clients pull while upstream, the KV or the cache fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE_FAULTS } from '../../dev/faults/cache.mjs';
import { KV_FAULTS } from '../../dev/faults/kv.mjs';
import { PROXY_FAULTS } from '../../dev/faults/proxy.mjs';
import { bench } from '../support/bench.mjs';
import { needs } from '../support/clients.mjs';
import { crane as makeCrane } from './adapters/crane.mjs';
import { podman as makePodman } from './adapters/podman.mjs';

// For how many seconds the Worker leaves a part alone after these. podman waits and asks again for as
// long as it gets 429.
const PATIENT = { 429: 10, '429-retry-after': 7 };
// A manifest has no location.
const harmless = (part, kind) => part === 'registry' && kind === 'foreign-location';
const PARTS = ['api', 'registry'];

const options = needs('podman', 'crane');
if (options.skip) test('clients', options, () => {});
else await tests();

async function tests() {
  const here = await bench();
  const settings = {
    ...{ TARGET_SECONDS: '1', TAG_SECONDS: '1', TOKEN_SECONDS: '1' },
    UPSTREAM_DEADLINE_MS: '1000',
  };
  const worker = await here.start(settings);
  const { pull } = makePodman();
  const { crane } = makeCrane();
  const nameAt = ({ url }, name = 'acme/kiosk') => `${new URL(url).host}/${name}`;
  const { digest } = here.upstream.seed.releases.find(({ slug }) => slug === 'acme/kiosk');
  const pulls = async (from = worker) => assert.deepEqual(await pull(nameAt(from)), [digest]);
  // A Worker for which nothing is kept.
  const startCold = () => here.start(settings, { kv: undefined, cache: undefined });

  test('pulls', () => pulls());
  for (const part of PARTS) {
    test(`pulls when the ${part} answers 503 once`, async () => {
      await sleep(1000);
      await here[part].fail('503', { times: 1 });
      await pulls();
      assert.ok(here[part].requests().some(({ fault }) => fault === '503'));
    });
  }
  for (const kind of KV_FAULTS) {
    test(`pulls with this fault of the KV: ${kind}`, async () => {
      await here.kv.fail(kind);
      await pulls();
    });
  }
  for (const kind of CACHE_FAULTS) {
    test(`pulls with this fault of the cache: ${kind}`, async () => {
      await here.cache.fail(kind);
      await pulls(await here.start(settings));
    });
  }
  for (const part of PARTS) {
    for (const kind of PROXY_FAULTS) {
      test(`pulls an image that was pulled before, with this fault of the ${part}: ${kind}`, async () => {
        await here[part].fail(kind);
        await pulls();
      });
    }
    const loud = PROXY_FAULTS.filter((it) => !(it in PATIENT) && !harmless(part, it));
    for (const kind of loud) {
      test(`fails with this fault of the ${part}, and pulls when it is healed: ${kind}`, async () => {
        const cold = await startCold();
        await here[part].fail(kind);
        await assert.rejects(pull(nameAt(cold)));
        await here[part].heal();
        await pulls(cold);
      });
    }
    for (const [kind, seconds] of Object.entries(PATIENT)) {
      test(`crane reports ${kind} of the ${part}, and works ${seconds} s later`, async () => {
        const name = nameAt(await startCold());
        await here[part].fail(kind);
        await assert.rejects(crane(['--insecure', 'digest', name]), /TOOMANYREQUESTS|429/);
        await here[part].heal();
        await sleep(seconds * 1000);
        assert.equal((await crane(['--insecure', 'digest', name])).stdout.trim(), digest);
      });
    }
  }
  test('an image whose location is on a foreign host is not pulled', async () => {
    await here.api.fail('foreign-location');
    const cold = nameAt(worker, 'balenablocks/legacy');
    await assert.rejects(pull(cold));
    await here.api.heal();
    assert.equal((await pull(cold)).length, 1);
  });
}
