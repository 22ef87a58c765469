// A Worker whose cache fails, or which has no cache: pulls get the right bytes, within a deadline.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CACHE_FAULTS, startCacheTwin } from '../../dev/faults/cache.mjs';
import { bench } from '../support/bench.mjs';
import { follow, granted, sha256 } from '../support/location.mjs';
import { logLine } from '../support/log.mjs';

// A request asks the cache at most twice, for half a second each, and then the registry.
const LONGEST_MS = 2000;
const NAME = 'acme/kiosk';
const here = await bench();
const { digest, platforms } = here.upstream.seed.releases.find(({ slug }) => slug === NAME);
const [layer] = platforms[0].layers;
const isLogLine = (line) => line === '' || line.startsWith('{');

async function timed(request) {
  const began = Date.now();
  const reply = await request();
  assert.ok(Date.now() - began < LONGEST_MS, `${Date.now() - began} ms`);
  return reply;
}

// Pulls a manifest by tag and by digest, and a redirect. Answers where each of them came from.
async function pulls(worker) {
  const { manifest, blob } = await timed(() => granted(worker, NAME));
  const sources = [];
  for (const reference of ['latest', digest]) {
    const reply = await timed(() => manifest(reference));
    assert.equal(sha256(reply.body), digest);
    sources.push((await logLine(worker, reply)).content);
  }
  const reply = await timed(() => blob(layer.digest));
  assert.deepEqual(await follow(reply), { status: 200, digest: layer.digest });
  return [...sources, (await logLine(worker, reply)).content];
}

const assertSays = (worker) =>
  assert.deepEqual(
    worker
      .output()
      .split('\n')
      .filter((line) => !isLogLine(line)),
    [],
  );

const warm = await here.start();
await pulls(warm);
const ASKED = ['registry', 'memory', 'registry'];
const KNOWN = ['memory', 'memory', 'memory'];

test('a Worker with empty memory gets everything from the cache', async () => {
  assert.deepEqual(await pulls(await here.start()), ['cache', 'memory', 'cache']);
});

for (const kind of CACHE_FAULTS) {
  describe(`a cache with this fault: ${kind}`, () => {
    test('a Worker with empty memory asks the registry once, and then remembers', async () => {
      const worker = await here.start();
      await here.cache.fail(kind);
      assert.deepEqual(await pulls(worker), ASKED);
      assert.deepEqual(await pulls(worker), KNOWN);
      assertSays(worker);
    });
    test('a Worker that has everything in memory does not notice', async () => {
      await here.cache.fail(kind);
      assert.deepEqual(await pulls(warm), KNOWN);
      assertSays(warm);
    });
    test('a healed cache is used again', async () => {
      await pulls(await here.start());
      const [manifest] = await pulls(await here.start());
      assert.equal(manifest, 'cache');
    });
  });
}

test('a Worker without a cache asks the registry once, and then remembers', async () => {
  const worker = await here.start({}, { cache: false });
  assert.deepEqual(await pulls(worker), ASKED);
  assert.deepEqual(await pulls(worker), KNOWN);
  assertSays(worker);
});

test('entries are under the own host, and two deployments on one zone keep theirs apart', async () => {
  const cache = await startCacheTwin();
  after(cache.stop);
  const start = (secret) => here.start({ TOKEN_SECRET: secret }, { cache, kv: undefined });
  const [ours, theirs] = ['one secret', 'another'].map((word) => word.padEnd(40, '.'));
  assert.deepEqual(await pulls(await start(ours)), ASKED);
  assert.deepEqual(await pulls(await start(theirs)), ASKED);
  assert.deepEqual(await pulls(await start(ours)), ['cache', 'memory', 'cache']);
  const folders = new Set(cache.keys().map((key) => key.split('/').slice(0, 4).join('/')));
  assert.equal(folders.size, 2);
  for (const folder of folders) assert.match(folder, /^https:\/\/127\.0\.0\.1\/[\w-]{22}$/);
});
