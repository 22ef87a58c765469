// A real client's pull through the fault bench.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROXY_FAULTS } from '../../dev/faults/proxy.mjs';
import { bench } from '../support/bench.mjs';
import { needs } from '../support/clients.mjs';
import { crane as makeCrane } from './adapters/crane.mjs';
import { podman as makePodman } from './adapters/podman.mjs';

// podman waits and asks again for as long as it is told 429.
const PATIENT = ['429', '429-retry-after'];
// With a kept resolution nobody asks for locations, and the registry tells of none; a manifest that
// comes slowly comes all the same.
const HARMLESS = { 'foreign-location': ['api', 'registry'], 'slow-drip': ['registry'] };

const options = needs('podman', 'crane');
if (options.skip) test('clients', options, () => {});
else await tests();

async function tests() {
  const here = await bench();
  const worker = await here.start({ TARGET_SECONDS: '1', UPSTREAM_DEADLINE_MS: '1000' });
  const { pull } = makePodman();
  const { crane } = makeCrane();
  const name = `${new URL(worker.url).host}/acme/kiosk`;
  const { digest } = here.upstream.seed.releases.find(({ slug }) => slug === 'acme/kiosk');
  const pulls = async () => assert.deepEqual(await pull(name), [digest]);

  test('pulls', pulls);
  test('pulls when the API answers 503 once', async () => {
    await here.api.fail('503', { times: 1 });
    await pulls();
    assert.ok(here.api.requests().some(({ fault }) => fault === '503'));
  });
  test('pulls when the registry answers 503 once', async () => {
    await here.registry.fail('503', { times: 1 });
    await pulls();
    assert.ok(here.registry.requests().some(({ fault }) => fault === '503'));
  });
  for (const kind of ['hang', 'error', 'refuse', 'stale']) {
    test(`pulls with a store that does this: ${kind}`, async () => {
      await here.kv.fail(kind);
      await pulls();
    });
  }
  // What refuses to be connected to refuses the token too.
  for (const kind of PROXY_FAULTS.filter((it) => it !== 'refuse')) {
    test(`pulls with an API that does this to resolutions: ${kind}`, async () => {
      await here.api.fail(kind, { only: /^\/v7\// });
      await pulls();
    });
  }
  for (const kind of PROXY_FAULTS.filter((it) => !PATIENT.includes(it))) {
    for (const part of ['api', 'registry']) {
      if (HARMLESS[kind]?.includes(part)) {
        test(`pulls with this at the ${part}: ${kind}`, async () => {
          await here[part].fail(kind);
          await pulls();
        });
        continue;
      }
      test(`fails with this at the ${part}, and pulls when it is well again: ${kind}`, async () => {
        await here[part].fail(kind);
        await assert.rejects(pull(name));
        await here[part].heal();
        await pulls();
      });
    }
  }
  for (const kind of PATIENT) {
    for (const part of ['api', 'registry']) {
      test(`crane is told of ${kind} at the ${part}, and is well when that is`, async () => {
        await here[part].fail(kind);
        await assert.rejects(crane(['--insecure', 'digest', name]), /TOOMANYREQUESTS|429/);
        await here[part].heal();
        assert.equal((await crane(['--insecure', 'digest', name])).stdout.trim(), digest);
      });
    }
  }
  test('a location on a foreign host is not followed', async () => {
    await here.api.fail('foreign-location');
    const cold = name.replace('acme/kiosk', 'balenablocks/legacy');
    await assert.rejects(pull(cold));
    await here.api.heal();
    assert.equal((await pull(cold)).length, 1);
  });
}
