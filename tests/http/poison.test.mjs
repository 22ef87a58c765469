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
const textOf = ({ twin, key, text }) => text ?? twin.get(key).toString();
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
  'what was sealed under another secret': (_, entry) =>
    textOf(foreign.find((it) => isOf(it, entry))),
};

const KINDS = ['generation', 'manifest', 'redirect', 'release', 'tag', 'token'];

const foreign = await keptBy({ TOKEN_SECRET: 'another secret, also longer than 32 bytes' }, [NAME]);
for (const { twin, key } of foreign) twin.remove(key);
const good = await keptBy({}, [NAME, OTHER]);

// Everything that a Worker keeps for these names.
async function keptBy(vars, names) {
  const worker = await here.start(vars);
  for (const name of names) await pullAt(worker, name);
  await sleep(BETWEEN_WRITES_MS);
  return entries().map((entry) => ({ ...entry, text: textOf(entry) }));
}

// What was kept is there again, with changes, and nothing else.
async function replaceAll(change) {
  for (const { twin, key } of entries()) twin.remove(key);
  for (const entry of good) entry.twin.put(entry.key, change(entry), SECONDS);
  await sleep(BETWEEN_WRITES_MS);
}

test('both names have an entry of every kind', () => {
  const kinds = good.map(({ key }) => kindOf(key)).sort();
  assert.deepEqual(
    kinds,
    KINDS.flatMap((kind) => [kind, kind]),
  );
});

// A generation that does not open hides the tags and redirects under it.
const WHICH = { everything: KINDS, 'all but generations': KINDS.filter((it) => it !== KINDS[0]) };

for (const [what, poison] of Object.entries(POISONS)) {
  for (const [which, kinds] of Object.entries(WHICH)) {
    test(`${what}, in ${which}: ignored, and replaced by the pull`, async () => {
      await replaceAll((entry) =>
        kinds.includes(kindOf(entry.key)) ? poison(entry.text, entry, good) : entry.text,
      );
      const first = await pullAt(await here.start());
      assert.deepEqual(first, { got: digest, sources: ['api', 'api', 'registry', 'registry'] });
      await sleep(100);
      const second = await pullAt(await here.start());
      assert.deepEqual(second, { got: digest, sources: ['kv', 'kv', 'cache', 'cache'] });
    });
  }
}
