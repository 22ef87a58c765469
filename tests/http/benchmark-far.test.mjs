// What the benchmark measures of first pulls from an upstream that is far away.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startRelay } from '../../bench/far/relay.mjs';
import { makeFarResults } from '../../bench/far/results.mjs';
import { runFar } from '../../bench/far/run.mjs';
import { makeLifetime } from '../../bench/lifetime.mjs';
import { chooseUpstreamPorts } from '../../bench/upstream-ports.mjs';
import { startServer } from '../../dev/faults/server.mjs';
import { freePort } from '../../dev/ports.mjs';
import { local } from '../../dev/setup/paths.mjs';
import { send } from '../support/http.mjs';

const ROUND_TRIP = 20;
const BLOBS = 21;
const lifetime = makeLifetime();
after(lifetime.end);

test('a relay takes a round trip for a request, and two more for a new connection', async () => {
  const bytes = randomBytes(1 << 20);
  const { url: target, stop } = await startServer((_, response) => response.end(bytes));
  lifetime.add(stop);
  const port = await freePort();
  const relay = await startRelay(lifetime, { port, target, ms: ROUND_TRIP });
  const agent = new http.Agent({ keepAlive: true });
  const ask = async () => {
    const began = performance.now();
    const { body } = await send(`http://127.0.0.1:${port}`, '/', { agent });
    assert.equal(digest(body), digest(bytes));
    return performance.now() - began;
  };
  for (const round of [1, 2]) {
    assert.ok((await ask()) >= 3 * ROUND_TRIP, `a new connection, round ${round}`);
    assert.ok((await ask()) >= ROUND_TRIP, 'the same connection');
    assert.equal(Object.keys(agent.freeSockets).length, 1, 'it is kept');
    const closed = once(agent.freeSockets[Object.keys(agent.freeSockets)[0]][0], 'close');
    await relay.drop();
    await closed;
  }
});

test('a first pull is measured on each side, and what is no registry is left out', async () => {
  const page = await startServer((_, response) => response.end('a page'));
  lifetime.add(page.stop);
  const said = [];
  const measured = await runFar(lifetime, {
    ...{ ports: await chooseUpstreamPorts(), dir: join(local, 'test-upstream'), ms: 2, rounds: 1 },
    ...{ peers: [{ id: 'page', url: page.url }], until: Number.POSITIVE_INFINITY },
    say: (line) => said.push(line),
  });
  assert.ok(
    said.some((line) => /no first pull by page/.test(line)),
    said.join('\n'),
  );
  const { sides, shares } = makeFarResults(measured);
  assert.deepEqual(Object.keys(sides), ['bhcr', 'registry']);
  for (const [id, requests] of Object.entries({
    bhcr: { fresh: 3 + BLOBS, warm: 3 + BLOBS, hot: 0 },
    registry: { fresh: 3 + BLOBS, warm: 3 + BLOBS, hot: 3 + BLOBS },
  })) {
    for (const [state, count] of Object.entries(requests)) {
      assert.equal(sides[id][state].requests.median, count, `${id}, ${state}`);
      assert.ok(sides[id][state].redirects_ms.median > sides[id][state].manifest_ms.median);
    }
  }
  for (const [name, { median }] of Object.entries(shares)) assert.ok(median > 0, name);
});

test('a share compares a side with a client of the registry that has no connections', () => {
  const took = (ms) => ({ manifest_ms: ms, redirects_ms: 2 * ms, requests: 3 });
  const samples = {
    bhcr: [{ fresh: took(300), warm: took(100), hot: took(1) }],
    registry: [{ fresh: took(400), warm: took(200), hot: took(400) }],
    peer: [{ fresh: took(600), warm: took(50), hot: took(50) }],
  };
  const sides = Object.keys(samples).map((id) => ({ id, title: id }));
  const { shares } = makeFarResults({ ms: 80, sides, samples });
  assert.equal(shares.first_manifest_warm_vs_registry.median, 0.25);
  assert.equal(shares.first_manifest_fresh_vs_registry.median, 0.75);
  assert.equal(shares.last_redirect_fresh_vs_registry.median, 0.75);
  assert.equal(shares.first_manifest_warm_vs_peer.median, 2);
  assert.equal(shares.first_manifest_fresh_vs_peer.median, 0.5);
});

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
