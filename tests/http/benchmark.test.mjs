// What the benchmark does before it measures.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { prime } from '../../bench/prime.mjs';

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
