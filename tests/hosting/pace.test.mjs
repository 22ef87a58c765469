// Bodies that come slowly or not at all. The Worker of this test waits for two seconds only.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startHostedWorker } from '../support/hosted-worker.mjs';
import { andSilence, layer, sendBody, trickle } from '../support/pushing.mjs';
import { bundleTestWorker } from '../support/test-worker.mjs';

const PART = 5 << 20;
const byte = Buffer.from('x');

let worker;
before(async () => {
  worker = await startHostedWorker({ js: bundleTestWorker('intake') });
});
after(() => worker?.stop());

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
