// The cache twin, seen by a Worker that makes calls of the Cache API in the real runtime.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCacheTwin } from '../../dev/faults/cache.mjs';
import { given, hit, NOTHING, startCacheCaller } from '../support/cache-caller.mjs';

const cache = await startCacheTwin();
const callers = [await startCacheCaller(cache), await startCacheCaller(cache)];
const [{ ask }, other] = callers;
after(async () => {
  for (const caller of callers) await caller.stop();
  await cache.stop();
});

test('an entry is there for every Worker, from its put until it is deleted', async () => {
  const { key } = given();
  assert.deepEqual(await ask('match', { key }), NOTHING);
  for (const text of ['first', '', 'ünï 🦀\n', 'x'.repeat(100_000)]) {
    assert.deepEqual(await ask('put', { ...given(text), key }), NOTHING);
    assert.deepEqual(await ask('match', { key }), hit(text));
    assert.deepEqual(await other.ask('match', { key }), hit(text));
  }
  assert.deepEqual(await ask('match', { key: `${key}c` }), NOTHING);
  assert.deepEqual(await ask('delete', { key }), { answer: true });
  assert.deepEqual(await other.ask('match', { key }), NOTHING);
  assert.deepEqual(await ask('delete', { key }), { answer: false });
});

test('an entry is there for as long as its max-age says', async () => {
  const [short, long] = [given('short', 'max-age=1'), given('long', 'max-age=1, s-maxage=60')];
  for (const one of [short, long]) await ask('put', one);
  assert.deepEqual(await ask('match', short), hit('short'));
  await sleep(1000);
  assert.deepEqual(await ask('match', short), NOTHING);
  assert.deepEqual(await ask('match', long), hit('long'));
});

describe('what the twin does not keep', () => {
  const keeping = (cacheControl) => ({ headers: { 'cache-control': cacheControl } });
  const beside = (more) => ({ headers: { 'cache-control': 'max-age=60', ...more } });
  const rows = [
    ['no Cache-Control', { headers: {} }],
    ['no-store', keeping('max-age=60, no-store')],
    ['no-cache', keeping('no-cache, max-age=60')],
    ['private', keeping('private, max-age=60')],
    ['max-age=0', keeping('max-age=0')],
    ['a max-age that is not a number', keeping('max-age=soon')],
    ['a cookie', beside({ 'set-cookie': 'a=b' })],
    ['Vary: *', beside({ vary: '*' }), /Vary: \*/],
    ['a part of a response', { status: 206 }, /206 Partial Content/],
    ['another method', { method: 'PUT' }, /non-GET/],
  ];
  for (const [what, response, error] of rows) {
    test(`${what}: ${error ? 'put throws' : 'put answers as if it kept it'}`, async () => {
      const one = given();
      const said = await ask('put', { ...one, ...response });
      if (error) assert.match(said.error, error);
      else assert.deepEqual(said, NOTHING);
      assert.deepEqual(await ask('match', one), NOTHING);
      assert.equal(cache.get(one.key), undefined);
    });
  }
});

test('tests can read, replace and remove entries', async () => {
  const one = given('true');
  await ask('put', one);
  assert.equal(cache.get(one.key), 'true');
  assert.ok(cache.keys().includes(one.key));
  cache.put(one.key, 'poison', 60);
  assert.deepEqual(await ask('match', one), hit('poison'));
  cache.remove(one.key);
  assert.deepEqual(await ask('match', one), NOTHING);
  const asked = cache.requests().filter(({ key }) => key === one.key);
  assert.deepEqual(
    asked.map(({ method, status }) => `${method} ${status}`),
    ['PUT 204', 'GET 200', 'GET 504'],
  );
});
