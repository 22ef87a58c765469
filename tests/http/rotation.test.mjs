// The secret is rotated without a failed pull, and without asking upstream for everything again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench } from '../support/bench.mjs';
import { granted, under } from '../support/location.mjs';
import { assertStatus } from '../support/oci.mjs';
import { costOf } from '../support/pulling.mjs';

const NAME = 'acme/kiosk';
const [OLD, NEW] = ['the old secret', 'the new secret'].map((word) => word.padEnd(40, '.'));
const here = await bench();

/** Pulls manifest and layers, and answers the calls upstream that it cost. */
const costOfPull = (worker) =>
  costOf(here, async () => {
    const { manifest, blob } = await granted(worker, NAME);
    const { layers } = (await manifest('latest')).json;
    for (const { digest } of layers) assertStatus(await blob(digest), 307);
  });

test('what is stored under the previous secret still answers, and only for who has it', async () => {
  assert.notEqual((await costOfPull(await here.start({ TOKEN_SECRET: OLD }))).length, 0);
  const rotated = await here.start({ TOKEN_SECRET: NEW, TOKEN_SECRET_PREVIOUS: OLD });
  assert.deepEqual(await costOfPull(rotated), []);
  assert.notEqual((await costOfPull(await here.start({ TOKEN_SECRET: NEW }))).length, 0);
});

test('in each step of the documented order, old and new isolates accept each other’s tokens', async () => {
  const steps = [
    { TOKEN_SECRET: OLD },
    { TOKEN_SECRET: OLD, TOKEN_SECRET_PREVIOUS: NEW },
    { TOKEN_SECRET: NEW, TOKEN_SECRET_PREVIOUS: OLD },
    { TOKEN_SECRET: NEW },
  ];
  const workers = [];
  for (const step of steps) workers.push(await here.start(step));
  for (let at = 1; at < workers.length; at += 1) {
    const both = [workers[at - 1], workers[at]];
    for (const [one, other] of [both, both.toReversed()]) {
      const { held } = await granted(one, NAME);
      assertStatus(await under(held, other.url, NAME, 'manifests', 'latest'), 200);
    }
  }
});
