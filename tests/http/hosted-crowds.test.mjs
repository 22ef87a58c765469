// Many clients that push at the same time to two Workers on one store, while the account is collected
// and checked.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { startStore } from '../support/hosted-store.mjs';
import { ADMIN_TOKEN, management } from '../support/hosting.mjs';
import { digestOf, expect, owner, registry } from '../support/registry.mjs';
import { startWorkerd } from '../support/workerd.mjs';

const NOWHERE = { REGISTRY_URL: 'http://127.0.0.1:9', API_URL: 'http://127.0.0.1:9' };
const DAY = 24 * 60 * 60;
const LAYERS = [100, 20_000, 300_000, (5 << 20) + 77].map((length) => randomBytes(length));
const CONFIG = '{}';

const store = await startStore();
const start = () => startWorkerd({ ADMIN_TOKEN, ...NOWHERE }, { hosted: store });
const workers = await Promise.all([start(), start()]);
after(async () => {
  for (const worker of workers) process.kill(worker.pid, 'SIGKILL');
  await Promise.all(workers.map((worker) => worker.stop()));
  await store.stop();
});
const [{ url }] = workers;
const { account, api } = management(url);
const mine = await account();

/** An image, as one of the clients sees it. */
const image = (name, client = 0) =>
  registry(workers[client % workers.length].url, `${mine.account}/${name}`, owner(mine));

/** All problems that the pages of an operation tell. */
async function pages(operation, body = {}) {
  const problems = [];
  let cursor;
  do {
    const path = `/accounts/${mine.account}/${operation}`;
    const asked = { ...body, ...(cursor && { cursor }) };
    const { json } = expect(await api('POST', path, asked, mine.key), 200);
    problems.push(...json.problems);
    ({ cursor } = json);
  } while (cursor);
  return problems;
}

/** Collects and checks until the work is over, at least once. */
async function keepHouse(work) {
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  let times = 0;
  for (; !isOver; times += 1) {
    for (const operation of ['collect', 'check']) {
      assert.deepEqual(await pages(operation, operation === 'collect' ? { now: true } : {}), []);
    }
  }
  await over;
  assert.ok(times > 0);
}

const age = (seconds) =>
  store.run(
    `update candidates set since = since - ${seconds}`,
    `update trash set due = due - ${seconds}`,
    `update uploads set expires = expires - ${seconds}`,
  );

/** Waits until all waiting is over, and answers the digests of what is live then. */
async function settled() {
  for (let times = 0; times < 3; times += 1) {
    await age(8 * DAY);
    assert.deepEqual(await pages('collect'), []);
  }
  assert.deepEqual(await pages('check'), []);
  const live = await store.run('select digest, key from objects where live = 1 order by digest');
  const keys = await store.keys();
  assert.deepEqual(keys.sort(), live.map(({ key }) => key).sort(), 'one object in R2 for each');
  return live.map(({ digest }) => digest);
}

const used = new Set([CONFIG, ...LAYERS].map((bytes) => digestOf(bytes)));

test('twenty clients that push the same layers leave one object of each', async () => {
  // Collection takes these layers from an image that does not need them, while they are pushed.
  for (const layer of LAYERS) expect(await image('unused').pushBlob(layer), 201);
  await age(DAY);
  const clients = Array.from({ length: 20 }, (_, at) => image(`app-${at}`, at));
  await keepHouse(Promise.all(clients.map((client) => client.pushImage('v1', LAYERS))));
  assert.deepEqual(await settled(), [...used].sort());
  for (const client of clients) {
    expect(await client.get('manifests/v1'), 200);
    for (const layer of LAYERS) {
      assert.deepEqual((await client.get(`blobs/${digestOf(layer)}`)).body, layer);
    }
  }
});

test('fifty images that are pushed to one tag at once are there, and the tag is one of them', async () => {
  const own = Array.from({ length: 50 }, () => randomBytes(500));
  const pushes = own.map((layer, at) => image('one', at).pushImage('latest', [LAYERS[1], layer]));
  await keepHouse(Promise.all(pushes));
  for (const layer of own) used.add(digestOf(layer));
  assert.deepEqual(await settled(), [...used].sort());
  const texts = await Promise.all(pushes);
  assert.ok(texts.includes((await image('one').get('manifests/latest')).text));
  for (const [at, text] of texts.entries()) {
    assert.equal((await image('one', at).get(`manifests/${digestOf(text)}`)).text, text);
  }
});
