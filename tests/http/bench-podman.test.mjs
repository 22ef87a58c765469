// A real client's pull through the fault bench.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podman as makePodman } from '../clients/adapters/podman.mjs';
import { bench } from '../support/bench.mjs';
import { needs } from '../support/clients.mjs';

const options = needs('podman');
if (options.skip) test('podman', options, () => {});
else await tests();

async function tests() {
  const here = await bench();
  const worker = await here.start({ TARGET_SECONDS: '1', UPSTREAM_DEADLINE_MS: '1000' });
  const { pull } = makePodman();
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
  for (const kind of ['hang', '500', 'half-json', 'wrong-types', 'foreign-location', 'slow-drip']) {
    test(`pulls with an API that does this to resolutions: ${kind}`, async () => {
      await here.api.fail(kind, { only: /^\/v7\// });
      await pulls();
    });
  }
  for (const kind of ['refuse', '500', 'wrong-types']) {
    test(`fails with an API that does this, and pulls when it is well again: ${kind}`, async () => {
      await here.api.fail(kind);
      await assert.rejects(pull(name), /502|unavailable|upstream/i);
      await here.api.heal();
      await pulls();
    });
    test(`fails with a registry that does this, and pulls when it is well again: ${kind}`, async () => {
      await here.registry.fail(kind);
      await assert.rejects(pull(name));
      await here.registry.heal();
      await pulls();
    });
  }
  test('a location on a foreign host is not followed', async () => {
    await here.api.fail('foreign-location');
    const cold = name.replace('acme/kiosk', 'balenablocks/legacy');
    await assert.rejects(pull(cold));
    await here.api.heal();
    assert.equal((await pull(cold)).length, 1);
  });
}
