// Collection and checking, on a catalog whose times are set back as if days had passed.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { hosting, management } from '../support/hosting.mjs';
import { send } from '../support/http.mjs';
import { assertError } from '../support/oci.mjs';
import { digestOf, expect, owner, registry } from '../support/registry.mjs';

const DAY = 24 * 60 * 60;
const here = await hosting();
let { worker, url, api } = here;
const mine = await here.account();
const name = `${mine.account}/myapp`;
const as = () => registry(url, name, owner(mine));

/** All pages of an operation: every problem that they tell. */
async function pages(operation, body = {}) {
  const problems = [];
  let cursor;
  do {
    const path = `/accounts/${mine.account}/${operation}`;
    const reply = await api('POST', path, { ...body, ...(cursor && { cursor }) }, mine.key);
    assert.equal(reply.status, 200, reply.text);
    problems.push(...reply.json.problems);
    cursor = reply.json.cursor;
  } while (cursor);
  return problems;
}

/** Changes the catalog while no Worker runs. */
async function changed(sql) {
  await worker.stop();
  const dir = join(here.kept, 'v3/d1/miniflare-D1DatabaseObject');
  for (const file of readdirSync(dir).filter((one) => /^[0-9a-f]+\.sqlite$/.test(one))) {
    const database = new DatabaseSync(join(dir, file));
    database.exec(sql);
    database.close();
  }
  worker = await here.start();
  url = worker.url;
  ({ api } = management(url));
}

const later = (seconds) =>
  changed(`update candidates set since = since - ${seconds};
    update trash set due = due - ${seconds}; update uploads set expires = expires - ${seconds};`);

const [used, unused] = [randomBytes(2000), randomBytes(3000)];
const used_ = `blobs/${digestOf(used)}`;
const unused_ = `blobs/${digestOf(unused)}`;

test('what was just pushed is spared, whether a manifest needs it or not', async () => {
  await as().pushImage('v1', [used]);
  expect(await as().pushBlob(unused), 201);
  for (const body of [{}, { now: true }]) assert.deepEqual(await pages('collect', body), []);
  for (const path of [used_, unused_]) expect(await as().get(path), 200);
  assert.deepEqual(await pages('check'), []);
});

test('after a day a blob that no manifest needs is gone, and no other is', async () => {
  await later(DAY);
  for (let times = 0; times < 2; times += 1) assert.deepEqual(await pages('collect'), []);
  assertError(await as().get(unused_), 404, 'BLOB_UNKNOWN');
  assert.deepEqual((await as().get(used_)).body, used);
  expect(await as().get('manifests/v1'), 200);
  assert.deepEqual(await pages('check'), []);
});

test('the clock starts a collection as well', async () => {
  const forgotten = randomBytes(4000);
  expect(await as().pushBlob(forgotten), 201);
  await later(DAY);
  for (let times = 0; times < 2; times += 1) {
    const ticked = await send(url, '/cdn-cgi/handler/scheduled');
    assert.deepEqual([ticked.status, ticked.text], [200, 'ok']);
  }
  assertError(await as().get(`blobs/${digestOf(forgotten)}`), 404, 'BLOB_UNKNOWN');
  assert.deepEqual((await as().get(used_)).body, used);
});

test('what was collected can be pushed again', async () => {
  expect(await as().pushBlob(unused), 201);
  assert.deepEqual((await as().get(unused_)).body, unused);
  assert.deepEqual(await pages('check'), []);
});

test('a week later its old key is purged, and what is in use is not', async () => {
  await later(8 * DAY);
  await as().pushImage('v2', [used, unused]);
  for (let times = 0; times < 2; times += 1) assert.deepEqual(await pages('collect'), []);
  for (const [path, bytes] of [
    [used_, used],
    [unused_, unused],
  ]) {
    const found = await as().get(path);
    if (found.status === 200) assert.deepEqual(found.body, bytes);
    else expect(await as().pushBlob(bytes), 201);
  }
  assert.deepEqual(await pages('check'), []);
});

test('a check tells what is missing, and what the catalog does not know', async () => {
  await changed(`delete from objects where digest = '${digestOf(used)}'`);
  const problems = await pages('check');
  assert.ok(
    problems.some((one) => one.includes(digestOf(used))),
    problems.join('\n'),
  );
  assert.ok(
    problems.some((one) => /is in R2 and not in the catalog/.test(one)),
    problems.join('\n'),
  );
});

test('a cursor that no page gave is refused', async () => {
  for (const operation of ['collect', 'check']) {
    const path = `/accounts/${mine.account}/${operation}`;
    const reply = await api('POST', path, { cursor: '!' }, mine.key);
    assert.equal(reply.status, 422, reply.text);
    assert.equal(reply.json.errors[0].detail.field, 'cursor');
  }
});
