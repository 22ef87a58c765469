// How the benchmark puts its work in order.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { inLanes } from '../../bench/in-lanes.mjs';
import { inRounds } from '../../bench/in-rounds.mjs';
import { prime } from '../../bench/prime.mjs';
import { spread } from '../../bench/stats.mjs';

const COUNT = 200;

test('a load that begins with the first path finds what was asked for longest ago', async () => {
  const asked = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const paths = Array.from({ length: COUNT }, (_, at) => `/${at}`);
  const url = `http://127.0.0.1:${server.address().port}`;
  await prime({ title: 'a side', url, paths, headers: {} });
  assert.deepEqual(new Set(asked), new Set(paths));
  const turn = (path) => asked.indexOf(path);
  const [first, last] = [paths.slice(0, COUNT / 2), paths.slice(COUNT / 2)];
  const mean = (turns) => turns.reduce((sum, turn) => sum + turn, 0) / turns.length;
  assert.ok(mean(first.map(turn)) < mean(last.map(turn)));
});

test('rounds go in turns in both directions, and end before the time does', async () => {
  const orders = [];
  const work = async (order) => orders.push(order);
  const say = () => {};
  await inRounds(['a', 'b'], { rounds: 3, until: Number.POSITIVE_INFINITY, say }, work);
  assert.deepEqual(orders, [
    ['a', 'b'],
    ['b', 'a'],
    ['a', 'b'],
  ]);
  orders.length = 0;
  await inRounds(['a'], { rounds: 3, until: 0, say }, work);
  assert.deepEqual(orders, [['a']], 'a run without a round has no results');
});

test('work in lanes begins in order, and never more than so many at once', async () => {
  const [begun, items] = [[], Array.from({ length: 20 }, (_, at) => at)];
  let [running, most] = [0, 0];
  await inLanes(3, items, async (item) => {
    begun.push(item);
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  });
  assert.deepEqual(begun, items);
  assert.equal(most, 3);
});

// The positions are those of the tables for the sign test (a binomial distribution with a half).
test('the median of endless rounds is between two samples, with a confidence of 95 %', () => {
  const rows = [
    [3, 1, 3],
    [5, 1, 5],
    [6, 1, 6],
    [9, 2, 8],
    [20, 6, 15],
    [30, 10, 21],
  ];
  for (const [count, low, high] of rows) {
    const samples = Array.from({ length: count }, (_, at) => count - at);
    const found = spread(samples);
    assert.deepEqual([found.low, found.high], [low, high], `of ${count} samples`);
    assert.deepEqual([found.min, found.max, found.median], [1, count, (count + 1) / 2]);
  }
});
