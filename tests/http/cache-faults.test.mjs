// What a Worker gets for each fault of the cache twin: an answer, an exception, or nothing at all.

import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { CACHE_FAULTS, startCacheTwin } from '../../dev/faults/cache.mjs';
import { given, hit, NOTHING, startCacheCaller } from '../support/cache-caller.mjs';

const WAIT_MS = 300;
const LOST = /Network connection lost|refused/;
// The result of each call, for a key under which something was kept before.
const SEEN = {
  refuse: { match: LOST, put: NOTHING, delete: LOST },
  error: { match: NOTHING, put: NOTHING, delete: /Unable to delete/ },
  hang: { match: 'waits', put: 'waits', delete: 'waits' },
  forget: { match: NOTHING, put: NOTHING, delete: { answer: false } },
  truncated: { match: LOST, put: NOTHING, delete: { answer: true } },
  swapped: { match: hit('another'), put: NOTHING, delete: { answer: true } },
  altered: { match: hit('keqt'), put: NOTHING, delete: { answer: true } },
};

const cache = await startCacheTwin();
const [{ ask, stop }, without] = [await startCacheCaller(cache), await startCacheCaller(false)];
beforeEach(cache.heal);
after(async () => {
  for (const end of [stop, without.stop, cache.stop]) await end();
});

test('the table has every fault', () => {
  assert.deepEqual(Object.keys(SEEN).sort(), [...CACHE_FAULTS].sort());
});

for (const [kind, calls] of Object.entries(SEEN)) {
  for (const [call, expected] of Object.entries(calls)) {
    test(`${kind}: ${call} ${told(expected)}`, async () => {
      const one = given('kept');
      for (const each of [one, given('another')]) await ask('put', each);
      await cache.fail(kind);
      if (expected === 'waits') return assertWaits(call, one);
      const said = await ask(call, one);
      if (expected instanceof RegExp) assert.match(said.error, expected);
      else assert.deepEqual(said, expected);
    });
  }
}

for (const kind of ['refuse', 'error', 'forget']) {
  test(`${kind}: an entry that was put during the fault is not there afterwards`, async () => {
    const one = given('lost');
    await cache.fail(kind);
    await ask('put', one);
    await cache.heal();
    assert.deepEqual(await ask('match', one), NOTHING);
  });
}

for (const call of ['match', 'put', 'delete']) {
  test(`a runtime without a cache: ${call} throws`, async () => {
    assert.match((await without.ask(call, given())).error, /No Cache was configured/);
  });
}

async function assertWaits(call, one) {
  const signal = AbortSignal.timeout(WAIT_MS);
  await assert.rejects(ask(call, one, { signal }), { name: 'TimeoutError' });
}

function told(expected) {
  if (expected === 'waits') return expected;
  return expected instanceof RegExp
    ? 'throws'
    : `answers ${expected.answer?.text ?? expected.answer ?? 'nothing'}`;
}
