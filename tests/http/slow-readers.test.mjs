// Slow readers of streamed layers. The runtime reads ahead for each of them, which takes memory.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { front } from '../support/front.mjs';
import { bearer, pull, token } from '../support/http.mjs';
import { residentBytes } from '../support/process.mjs';
import { slowRead } from '../support/slow.mjs';
import { streaming } from '../support/upstream.mjs';

const MIB = 2 ** 20;
const here = await front(streaming);
const { control, seed } = here.upstream;
const large = seed.releases.find(({ slug }) => slug === 'balenablocks/large');

/** Reads a layer `count` times at once. Answers by how many MiB the process of a new Worker grew. */
async function growth(name, layer, count, milliseconds) {
  const { url, pid } = await here.start();
  const headers = bearer(await token(url, [pull(name)]));
  const path = `/v2/${name}/blobs/${layer.digest}`;
  // At rest, the Worker has streamed before: what the runtime sets up for that is there.
  await slowRead(url, path, { headers, milliseconds: 500 });
  const before = residentBytes(pid);
  let most = before;
  const watch = setInterval(() => {
    most = Math.max(most, residentBytes(pid));
  }, 50);
  const read = () => slowRead(url, path, { headers, milliseconds });
  const digests = await Promise.all(Array.from({ length: count }, read));
  clearInterval(watch);
  assert.deepEqual(new Set(digests), new Set([layer.digest]));
  const grown = (most - before) / MIB;
  console.log(`${count} slow readers: grew by ${grown.toFixed(1)} MiB at most`);
  return grown;
}

/**
 * Whether a new Worker grows by less than `limit` MiB. On a busy machine garbage is collected late, so
 * two more Workers have a try if the first grew by more. What readers really need, all three need.
 */
async function isWithin(limit, ...readers) {
  for (let tries = 0; tries < 3; tries += 1) if ((await growth(...readers)) < limit) return true;
  return false;
}

test('twenty simultaneous slow readers of a large layer cost less than 64 MB of memory', async () => {
  const [layer] = large.platforms[0].layers;
  assert.ok(await isWithin(64, large.references[0], layer, 20, 5000));
});

// The runtime reads at least 0.8 MB ahead for each reader. No setting makes it read less.
test('a hundred simultaneous slow readers of a 20 MB layer cost less than 2 MB each', async () => {
  await control.createApplication({ slug: 'acme/heavy' });
  const images = { main: { layers: [20 * MIB] } };
  const made = await control.createRelease('acme/heavy', { semver: '1.0.0', images });
  const [layer] = made.images[0].platforms[0].layers;
  assert.ok(await isWithin(200, 'acme/heavy', layer, 100, 15_000));
});
