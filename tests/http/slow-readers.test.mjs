// Layers through the Worker to readers that are slower than the registry: what is read ahead for
// them is the runtime's memory.

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

/** Reads a layer `count` times at once; how much the process of a new Worker grew by, in MiB. */
async function growth(name, layer, count, milliseconds) {
  const { url, pid } = await here.start();
  const headers = bearer(await token(url, [pull(name)]));
  const path = `/v2/${name}/blobs/${layer.digest}`;
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

test('twenty slow readers of a large layer at once cost the process less than 64 MB', async () => {
  const [layer] = large.platforms[0].layers;
  assert.ok((await growth(large.references[0], layer, 20, 5000)) < 64);
});

// The runtime reads ahead for each of them, 0.8 MB and more, and cannot be told to read less.
test('a hundred slow readers of a 20 MB layer at once cost it less than 2 MB each', async () => {
  await control.createApplication({ slug: 'acme/heavy' });
  const images = { main: { layers: [20 * MIB] } };
  const made = await control.createRelease('acme/heavy', { semver: '1.0.0', images });
  const [layer] = made.images[0].platforms[0].layers;
  assert.ok((await growth('acme/heavy', layer, 100, 15_000)) < 200);
});
