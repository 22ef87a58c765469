// Entries that somebody else put into the KV and the cache: the Worker ignores and overwrites them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { follow, granted } from '../support/location.mjs';
import { logLine } from '../support/log.mjs';
import { outcome } from '../support/pulling.mjs';

const NAME = 'acme/kiosk';
const OTHER = 'balenablocks/legacy';
const SECONDS = 600;
const BETWEEN_WRITES_MS = 1000;
const here = await bench();
const { digest } = here.upstream.seed.releases.find(({ slug }) => slug === NAME);
const twins = [here.kv, here.cache];

const entries = () => twins.flatMap((twin) => twin.keys().map((key) => ({ twin, key })));
const textOf = ({ twin, key }) => twin.get(key).toString();
const isOf = (first, second) => kindOf(first.key) === kindOf(second.key);
const kindOf = (key) => decodeURIComponent(withoutFolder(key)).split('/')[0];
// A deployment has a folder of its own in the cache.
const withoutFolder = (key) => key.replace(/^https:\/\/[^/]+\/[^/]+\//, '');

// Pulls everything that can be kept. Answers the digest, and where each part came from.
async function pullAt(worker, name = NAME) {
  const { granted: token, manifest, digest: got } = await outcome(worker.url, name);
  const { blob } = await granted(worker, name);
  const { layers } = manifest.json;
  const redirect = await blob(layers[0].digest);
  assert.equal((await follow(redirect)).digest, layers[0].digest);
  const [asked, one, another] = await Promise.all(
    [token, manifest, redirect].map((reply) => logLine(worker, reply)),
  );
  return { got, sources: [...asked.resolved, asked.token, one.content, another.content] };
}

const flipped = (text, at) =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
const POISONS = {
  nonsense: () => 'nonsense',
  nothing: () => '',
  'a character changed at the start': (value) => flipped(value, 0),
  'a character changed in the middle': (value) => flipped(value, value.length >> 1),
  'a character changed at the end': (value) => flipped(value, value.length - 2),
  'half of it': (value) => value.slice(0, value.length >> 1),
  'more than it': (value) => `${value}AAAA`,
  'an entry of the same kind under another key': (_, entry, all) =>
    textOf(all.find((it) => it.key !== entry.key && isOf(it, entry))),
  'an entry of another kind': (_, entry, all) => textOf(all.find((it) => !isOf(it, entry))),
  'what was sealed under another secret': (_, { key }, __, foreign) =>
    foreign.get(withoutFolder(key)),
};

const foreign = await sealedUnder('another secret, also longer than 32 bytes');
const known = await here.start();
for (const name of [NAME, OTHER]) await pullAt(known, name);
await sleep(BETWEEN_WRITES_MS);
const good = new Map(entries().map((entry) => [entry.key, textOf(entry)]));

async function sealedUnder(secret) {
  const worker = await here.start({ TOKEN_SECRET: secret });
  await pullAt(worker);
  await sleep(BETWEEN_WRITES_MS);
  const sealed = new Map(entries().map((entry) => [withoutFolder(entry.key), textOf(entry)]));
  for (const { twin, key } of entries()) twin.remove(key);
  return sealed;
}

test('both names have an entry of every kind', () => {
  const kinds = entries()
    .map(({ key }) => kindOf(key))
    .sort();
  const each = ['manifest', 'place', 'release', 'token'];
  assert.deepEqual(
    kinds,
    each.flatMap((kind) => [kind, kind]),
  );
});

for (const [what, poison] of Object.entries(POISONS)) {
  test(`${what}: ignored, and replaced by the pull`, async () => {
    const all = entries();
    for (const entry of all) entry.twin.put(entry.key, good.get(entry.key), SECONDS);
    const poisoned = all.map((entry) => ({
      ...entry,
      value: poison(good.get(entry.key), entry, all, foreign),
    }));
    for (const { twin, key, value = 'x' } of poisoned) twin.put(key, value, SECONDS);
    await sleep(BETWEEN_WRITES_MS);

    const first = await pullAt(await here.start());
    assert.deepEqual(first, { got: digest, sources: ['api', 'api', 'registry', 'registry'] });
    await sleep(100);
    const second = await pullAt(await here.start());
    assert.deepEqual(second, { got: digest, sources: ['kv', 'kv', 'cache', 'memory'] });
  });
}
