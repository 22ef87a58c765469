// Bodies that come slowly or not at all, and an R2 that does not answer. The Worker of this test waits
// for two seconds only.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHolding } from '../support/holding.mjs';
import { startHostedWorker } from '../support/hosted-worker.mjs';
import { andSilence, layer, sendBody, trickle } from '../support/pushing.mjs';
import { bundleTestWorker } from '../support/test-worker.mjs';

const PART = 5 << 20;
const byte = Buffer.from('x');

let worker;
let holding;
before(async () => {
  worker = await startHostedWorker({ js: bundleTestWorker('intake') }, async (r2) => {
    holding = await startHolding({ r2, d1: r2 });
    return holding.r2;
  });
});
after(async () => {
  await worker?.stop();
  await holding?.stop();
});

const push = (path, pieces, length) =>
  sendBody(worker.url, path, { method: 'PATCH', pieces, length });

for (const [kind, length] of [
  ['of known length', 2 * PART],
  ['in chunked encoding', undefined],
]) {
  describe(`of a body ${kind}`, () => {
    for (const [what, pieces, parts] of [
      ['that is silent from the beginning', andSilence([byte]), 0],
      ['that falls silent', andSilence(layer(PART + 10).from()), 1],
      ['that comes a byte at a time', trickle(byte, 50), 0],
    ]) {
      test(`${what}, the whole parts are kept, and nothing is waited for`, async () => {
        const { status, text } = await push(`/slow/${parts}/${what.length}`, pieces, length);
        assert.equal(status, 200, text);
        const { end, etags } = JSON.parse(text);
        assert.deepEqual([end, etags.length], ['slow', parts]);
      });
    }
  });
}

test('the buffer of a body that was given up is free again', async () => {
  const { text } = await push('/given-up', andSilence([byte]));
  assert.equal(JSON.parse(text).end, 'slow');
  const next = await push('/next', [byte]);
  assert.equal(next.status, 200);
  assert.deepEqual(JSON.parse(next.text), { end: 'whole', rest: 1, etags: [] });
});

/** What is answered while R2 is silent from that side of a call on, and once it answers again. */
async function whileSilent(sides, send) {
  holding.hold(sides);
  const answer = await send();
  holding.drop();
  return [answer, await send()];
}

// A call to R2 has two sides: one before it takes effect, and one before its answer comes.
for (const [kind, length, silences] of [
  ['of known length', PART + 10, { 'is given a part': 2, 'is given the last bytes': 5 }],
  ['in chunked encoding', undefined, { 'begins the parts': 1, 'is given a part': 3 }],
]) {
  for (const [what, sides] of Object.entries(silences)) {
    test(`R2 is not waited for that ${what} of a body ${kind}`, { timeout: 60_000 }, async () => {
      const send = () => push(`/silent/${sides}/${length}`, layer(PART + 10).from(), length);
      const [silent, again] = await whileSilent(sides, send);
      const { end, message } = JSON.parse(silent.text);
      assert.deepEqual([end, message], ['failed', 'R2 does not answer']);
      assert.equal(JSON.parse(again.text).end, 'whole', again.text);
    });
  }
}

for (const [what, length] of [
  ['a small blob', 70_000],
  ['a large blob in one request', 3_000_000],
]) {
  test(`R2 is not waited for that is given ${what}`, { timeout: 60_000 }, async () => {
    const blob = layer(length);
    const path = `/whole?sha256=${blob.digest().split(':')[1]}`;
    const send = () => sendBody(worker.url, path, { method: 'PUT', pieces: blob.from(), length });
    const [silent, again] = await whileSilent(1, send);
    assert.deepEqual([silent.status, silent.text], [503, 'R2 does not answer']);
    assert.equal(again.status, 201, again.text);
  });
}

for (const length of [1_000_000, 3_000_000]) {
  test(`a blob of ${length} bytes in one request that comes too slowly is given up`, async () => {
    const path = `/whole?sha256=${layer(1).digest().split(':')[1]}`;
    const pieces = trickle(byte, 50);
    const answer = await sendBody(worker.url, path, { method: 'PUT', pieces, length });
    assert.deepEqual([answer.status, answer.text], [503, 'R2 does not answer']);
  });
}
