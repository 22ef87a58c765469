// A failing part of upstream is left alone while what is kept can serve instead.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '../../dev/faults/kinds.mjs';
import { bench } from '../support/bench.mjs';
import { logLine } from '../support/log.mjs';
import { assertError } from '../support/oci.mjs';
import { costOf, outcome } from '../support/pulling.mjs';

const PULLS = 50;
const NAME = 'acme/kiosk';
const here = await bench();
const settings = { TARGET_SECONDS: '1', TAG_SECONDS: '1', TOKEN_SECONDS: '1' };
const { digest } = here.upstream.seed.releases.find(({ slug }) => slug === NAME);
const BUSY = status(429, { 'retry-after': '600' });
const PARTS = ['/v7/', '/auth/', '/manifests/'];

/** A Worker that has served the name, with everything that it kept past its time. */
async function aged() {
  const worker = await here.start(settings);
  assert.equal((await outcome(worker.url, NAME)).digest, digest);
  await sleep(2000);
  return worker;
}

/** Pulls again and again from what is kept. Answers how many calls each part of upstream got. */
async function callsOf(worker, times = PULLS) {
  const calls = await costOf(here, async () => {
    for (let time = 0; time < times; time += 1) {
      const { granted, manifest, digest: got } = await outcome(worker.url, NAME);
      assert.equal(got, digest, granted.text);
      const [asked, served] = [await logLine(worker, granted), await logLine(worker, manifest)];
      const sources = [asked.resolved, asked.token, served.content];
      assert.deepEqual(sources, [['stale'], 'stale', 'stale']);
    }
  });
  return PARTS.map((part) => calls.filter((call) => call.includes(part)).length);
}

const failAll = (kind, options) =>
  Promise.all([here.api, here.registry].map((part) => part.fail(kind, options)));

test(`429 with a time to wait: ${PULLS} pulls of what is kept make one call to each part`, async () => {
  const worker = await aged();
  await failAll('429', { answer: BUSY });
  assert.deepEqual(await callsOf(worker), [1, 1, 1]);
  await here.heal();
  assert.deepEqual(await callsOf(worker), [0, 0, 0], 'the time is not over');

  const cold = 'balenablocks/legacy';
  const calls = await costOf(here, async () => {
    const { granted } = await outcome(worker.url, cold);
    assertError(granted, 429, 'TOOMANYREQUESTS');
    assert.match(granted.headers['retry-after'], /^(600|5\d\d)$/);
  });
  assert.deepEqual(calls, [], 'not even for a name for which nothing is kept');
});

describe('a part that does not work', () => {
  // The runtime itself repeats a call on a kept connection that breaks off before an answer.
  for (const [kind, sent] of [
    ['500', 1],
    ['503', 1],
    ['break-off', 2],
  ]) {
    test(`${kind}: ${PULLS} pulls of what is kept make fewer calls than pauses that double`, async () => {
      const worker = await aged();
      await failAll(kind);
      const began = Date.now();
      const counts = await callsOf(worker);
      // Two at once at first; after that one for each pause of 1, 2, 4, 8, … seconds.
      const pauses = Math.floor(Math.log2((Date.now() - began) / 1000 + 1));
      for (const count of counts) {
        assert.ok(count >= 1 && count <= sent * (2 + pauses), `${counts} calls, ${pauses} pauses`);
      }
    });
  }

  test('is asked again after the pause, and everything is as before', async () => {
    const worker = await aged();
    await failAll('503');
    await callsOf(worker, 1);
    await here.heal();
    await sleep(1000);
    const { granted, manifest, digest: got } = await outcome(worker.url, NAME);
    assert.equal(got, digest);
    const [asked, served] = [await logLine(worker, granted), await logLine(worker, manifest)];
    assert.deepEqual([asked.resolved, asked.token, served.content], [['api'], 'api', 'registry']);
  });

  test('is asked by a caller who has nothing kept, and serves it as soon as it works', async () => {
    const worker = await aged();
    await failAll('503');
    await callsOf(worker, 1);
    await here.heal();
    assert.equal((await outcome(worker.url, 'balenablocks/legacy')).status, 200);
  });
});
