// The process of the built Worker is killed before and after each call that it makes to R2 and D1. It
// is started again on the same store, and the client tries once more.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accounts,
  actFor,
  age,
  answered,
  ask,
  has,
  isGone,
  mine,
  newAccount,
  pages,
  push,
  put,
  store,
  survives,
} from '../support/killing.mjs';
import { digestOf, manifestOf } from '../support/registry.mjs';

const PART = 5 << 20;
const DAY = 24 * 60 * 60;

const layer = (image) => `a layer of ${image}`;
const blob = (image, bytes = layer(image)) => `${image}/blobs/${digestOf(bytes)}`;
const small = (image) => manifestOf([layer(image)]);
const large = (image) => manifestOf([layer(image)], { annotations: { note: 'x'.repeat(300_000) } });

async function pushBlobs(image) {
  await push(image, '{}');
  await push(image, layer(image));
}

async function pushImage(image, text = small(image)) {
  await pushBlobs(image);
  await answered([201], put(image, 'latest', text));
}

async function begin(image) {
  const begun = await answered([202], ask('POST', `${image}/blobs/uploads/`));
  return begun.headers.location;
}

test('an upload in one request', () =>
  survives({
    before: begin,
    act: (image, location) =>
      answered(
        [201],
        ask('PUT', `${location}?digest=${digestOf(layer(image))}`, { body: layer(image) }),
      ),
    holds: (image) => has(blob(image), layer(image)),
  }));

const long = Buffer.alloc(PART + 10, 'a long layer');

test('an upload in a stream that goes on where it was', () =>
  survives({
    before: async (image) => ({ location: await begin(image) }),
    async act(_, made) {
      const { headers } = await answered([202], ask('PATCH', made.location, { body: long }));
      made.location = headers.location;
    },
    async again(_, made) {
      const { headers } = await answered([204], ask('GET', made.location));
      const received = headers.range === '0-0' ? 0 : Number(headers.range.split('-')[1]) + 1;
      const range = { 'content-range': `${received}-${long.length - 1}` };
      const rest = { headers: range, body: long.subarray(received) };
      const patched = await answered([202], ask('PATCH', headers.location, rest));
      made.location = patched.headers.location;
    },
    async holds(image, { location }) {
      await answered([201], ask('PUT', `${location}?digest=${digestOf(long)}`));
      await has(blob(image, long), long);
    },
  }));

test('an upload in one request in chunked encoding, which is sent again as it was', () =>
  survives({
    before: begin,
    act: (image, location) =>
      answered(
        [201],
        ask('PUT', `${location}?digest=${digestOf(layer(image))}`, {
          headers: { 'transfer-encoding': 'chunked' },
          body: layer(image),
        }),
      ),
    holds: (image) => has(blob(image), layer(image)),
  }));

test('the end of an upload in a stream', () =>
  survives({
    async before(image) {
      const { headers } = await answered([202], ask('PATCH', await begin(image), { body: long }));
      return headers.location;
    },
    act: (_, location) => answered([201], ask('PUT', `${location}?digest=${digestOf(long)}`)),
    holds: (image) => has(blob(image, long), long),
  }));

test('a mount', () =>
  survives({
    before: (image) => pushBlobs(`${image}/source`),
    act: (image) => {
      const digest = digestOf(layer(`${image}/source`));
      return answered([201], ask('POST', `${image}/blobs/uploads/?mount=${digest}`));
    },
    holds: (image) => has(blob(image, layer(`${image}/source`)), layer(`${image}/source`)),
  }));

for (const [what, text] of [
  ['a manifest', small],
  ['a large manifest', large],
]) {
  test(what, () =>
    survives({
      before: pushBlobs,
      act: (image) => answered([201], put(image, 'latest', text(image))),
      holds: (image) => has(`${image}/manifests/latest`, text(image)),
    }),
  );

  test(`the deletion of ${what}`, () =>
    survives({
      before: (image) => pushImage(image, text(image)),
      act: (image) => answered([202, 404], ask('DELETE', manifest(image, text))),
      async holds(image) {
        await isGone(manifest(image, text));
        await isGone(`${image}/manifests/latest`);
      },
    }));
}

const manifest = (image, text) => `${image}/manifests/${digestOf(text(image))}`;

test('the deletion of a tag', () =>
  survives({
    before: pushImage,
    act: (image) => answered([202, 404], ask('DELETE', `${image}/manifests/latest`)),
    async holds(image) {
      await isGone(`${image}/manifests/latest`);
      await has(manifest(image, small), small(image));
    },
  }));

test('the deletion of a blob', () =>
  survives({
    before: pushBlobs,
    act: (image) => answered([202, 404], ask('DELETE', blob(image))),
    holds: (image) => isGone(blob(image)),
  }));

/** An image, and of another one what nothing needs any more: blobs and a large manifest. */
async function pushUsedAndUnused(image) {
  await pushImage(image);
  await pushImage(`${image}/unused`, large(`${image}/unused`));
  await answered([202], ask('DELETE', manifest(`${image}/unused`, large)));
}

const collect = async () => assert.deepEqual(await pages('collect', { now: true }), []);

async function isCollected(image) {
  await has(`${image}/manifests/latest`, small(image));
  await has(blob(image), layer(image));
  await isGone(blob(`${image}/unused`));
}

test('a collection that marks', () =>
  survives({
    async before(image) {
      await pushUsedAndUnused(image);
      await age(DAY / 2);
    },
    act: collect,
    holds: isCollected,
  }));

test('a collection that purges', () =>
  survives({
    async before(image) {
      await pushUsedAndUnused(image);
      await age(8 * DAY);
      await collect();
      await age(8 * DAY);
    },
    act: collect,
    holds: isCollected,
  }));

test('a collection that forgets an upload', () =>
  survives({
    async before(image) {
      const location = await begin(image);
      await answered([202], ask('PATCH', location, { body: long }));
      await age(8 * DAY);
    },
    act: collect,
    async holds() {
      const rows = `select upload from uploads where account = '${mine.account}'`;
      assert.deepEqual(await store.run(rows), []);
    },
  }));

test('when all waiting is over, R2 has what D1 knows and nothing else', async () => {
  await newAccount();
  await pushImage(`/v2/${mine.account}/kept`);
  for (let times = 0; times < 3; times += 1) {
    await age(8 * DAY);
    for (const account of accounts) {
      actFor(account);
      await collect();
    }
  }
  for (const account of accounts) {
    actFor(account);
    assert.deepEqual(await pages('check'), []);
  }
  const known = await store.run(
    `select key from objects where live = 1
    union all select key from manifests where key is not null`,
  );
  assert.deepEqual((await store.keys()).sort(), known.map(({ key }) => key).sort());
});
