// The twin of the service behind the Cache API, through the runtime and a Worker that calls it.

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

test('what was put is there, for every Worker, until it is deleted', async () => {
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

test('it is there for as long as it says', async () => {
  const [short, long] = [given('short', 'max-age=1'), given('long', 'max-age=1, s-maxage=60')];
  for (const one of [short, long]) await ask('put', one);
  assert.deepEqual(await ask('match', short), hit('short'));
  await sleep(1000);
  assert.deepEqual(await ask('match', short), NOTHING);
  assert.deepEqual(await ask('match', long), hit('long'));
});

describe('what may not be kept', () => {
  const keeping = (cacheControl) => ({ headers: { 'cache-control': cacheControl } });
  const beside = (more) => ({ headers: { 'cache-control': 'max-age=60', ...more } });
  const rows = [
    ['no life of its own', { headers: {} }],
    ['no-store', keeping('max-age=60, no-store')],
    ['no-cache', keeping('no-cache, max-age=60')],
    ['private', keeping('private, max-age=60')],
    ['max-age=0', keeping('max-age=0')],
    ['a max-age that is no number', keeping('max-age=soon')],
    ['a cookie', beside({ 'set-cookie': 'a=b' })],
    ['Vary: *', beside({ vary: '*' }), /Vary: \*/],
    ['part of something', { status: 206 }, /206 Partial Content/],
    ['another method', { method: 'PUT' }, /non-GET/],
  ];
  for (const [what, response, error] of rows) {
    test(`${what}: ${error ? 'an exception' : 'as if it were kept'}`, async () => {
      const one = given();
      const said = await ask('put', { ...one, ...response });
      if (error) assert.match(said.error, error);
      else assert.deepEqual(said, NOTHING);
      assert.deepEqual(await ask('match', one), NOTHING);
      assert.equal(cache.get(one.key), undefined);
    });
  }
});

test('tests look at what is kept, and put in its place what they want', async () => {
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
