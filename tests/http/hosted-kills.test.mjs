// The process of the built Worker is killed before and after each call that it makes to R2 and D1. It
// is started again on the same store, and the client tries once more.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startHolding } from '../support/holding.mjs';
import { startStore } from '../support/hosted-store.mjs';
import { ADMIN_TOKEN, management } from '../support/hosting.mjs';
import { bearer, send } from '../support/http.mjs';
import { digestOf, manifestOf } from '../support/registry.mjs';
import { startWorkerd } from '../support/workerd.mjs';

const PART = 5 << 20;
// More sides than any request here has.
const MOST_SIDES = 60;
const NOWHERE = { REGISTRY_URL: 'http://127.0.0.1:9', API_URL: 'http://127.0.0.1:9' };
const DAY = 24 * 60 * 60;

const store = await startStore();
const holding = await startHolding(store);
const start = () => startWorkerd({ ADMIN_TOKEN, ...NOWHERE }, { hosted: holding });
let worker = await start();
let next = start();
after(async () => {
  await end(worker);
  await end(await next);
  await holding.stop();
  await store.stop();
});
const accounts = [];
let mine;
let serial = 0;

async function end(one) {
  process.kill(one.pid, 'SIGKILL');
  await one.stop();
}

async function replaceWorker() {
  await end(worker);
  worker = await next;
  next = start();
}

/** A request of the owner, by a path below the image or a whole one. */
async function ask(method, path, { headers, body = '' } = {}) {
  const isChunked = headers?.['transfer-encoding'];
  const length = isChunked ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
  const all = { ...bearer(mine.key), ...length, ...headers };
  return send(worker.url, path, { method, headers: all, body });
}

const put = (image, reference, text) =>
  ask('PUT', `${image}/manifests/${reference}`, {
    headers: { 'content-type': JSON.parse(text).mediaType },
    body: text,
  });

async function push(image, bytes) {
  const pushed = await ask('POST', `${image}/blobs/uploads/?digest=${digestOf(bytes)}`, {
    body: bytes,
  });
  assert.equal(pushed.status, 201, pushed.text);
}

/** All problems that the pages of an operation tell; nothing else may be answered. */
async function pages(operation, body = {}) {
  const problems = [];
  let cursor;
  do {
    const headers = { 'content-type': 'application/json' };
    const asked = JSON.stringify({ ...body, ...(cursor && { cursor }) });
    const path = `/api/v1/accounts/${mine.account}/${operation}`;
    const { status, text, json } = await ask('POST', path, { headers, body: asked });
    assert.equal(status, 200, text);
    problems.push(...json.problems);
    ({ cursor } = json);
  } while (cursor);
  return problems;
}

const age = (seconds) =>
  store.run(
    `update candidates set since = since - ${seconds}`,
    `update trash set due = due - ${seconds}`,
    `update uploads set expires = expires - ${seconds}`,
  );

/**
 * Kills the Worker at each side of each call that `act` causes, and has it tried `again`. `before`
 * makes what it needs in an image, and `holds` tells what is true in the end.
 */
async function survives({ before = async () => {}, act, again = act, holds }) {
  mine = await management(worker.url).account();
  accounts.push(mine);
  for (let sides = 0; sides < MOST_SIDES; sides += 1) {
    serial += 1;
    const image = `/v2/${mine.account}/kills/image-${serial}`;
    // So that the Worker knows the caller: what is counted are the calls of the work itself.
    await ask('GET', `${image}/tags/list`);
    const made = await before(image);
    const reached = holding.hold(sides).then(() => 'reached');
    const trying = act(image, made).then(() => 'done');
    if ((await Promise.race([reached, trying])) === 'done') {
      holding.drop();
      await holds(image, made);
      return assert.ok(sides > 0, 'no call was made');
    }
    await Promise.all([assert.rejects(trying), replaceWorker()]);
    holding.drop();
    await again(image, made);
    await holds(image, made);
    assert.deepEqual(await pages('check'), [], `after ${sides} sides`);
  }
  assert.fail('the request does not end');
}

async function has(path, bytes) {
  const found = await ask('GET', path);
  assert.equal(found.status, 200, `${path}: ${found.text}`);
  assert.equal(digestOf(found.body), digestOf(bytes), path);
}
const isGone = async (path) => assert.equal((await ask('GET', path)).status, 404, path);
/** An answer that has one of these statuses. */
async function answered(statuses, asked) {
  const reply = await asked;
  assert.ok(statuses.includes(reply.status), `${reply.status} ${reply.text}`);
  return reply;
}

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
  mine = await management(worker.url).account();
  accounts.push(mine);
  await pushImage(`/v2/${mine.account}/kept`);
  for (let times = 0; times < 3; times += 1) {
    await age(8 * DAY);
    for (mine of accounts) await collect();
  }
  for (mine of accounts) assert.deepEqual(await pages('check'), []);
  const known = await store.run(
    `select key from objects where live = 1
    union all select key from manifests where key is not null`,
  );
  assert.deepEqual((await store.keys()).sort(), known.map(({ key }) => key).sort());
});
