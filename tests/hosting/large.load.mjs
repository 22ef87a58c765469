import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHostedWorker } from '../support/hosted-worker.mjs';
import { send } from '../support/http.mjs';
import { layer, path, sendBody, withDigest } from '../support/pushing.mjs';
import { buildTestWorker } from '../support/test-worker.mjs';

const LENGTH = 2e9 + 321;
const CHUNK = 100e6;
const IMAGE = '/v2/acc-12345/app';
const blob = layer(LENGTH, 9);

let worker;
let digest;
before(async () => {
  worker = await startHostedWorker(await buildTestWorker());
  digest = blob.digest();
});
after(() => worker?.stop());

const begin = async () =>
  path(await send(worker.url, `${IMAGE}/blobs/uploads/`, { method: 'POST' }));
const finish = async (where, body = { pieces: [], length: 0 }) => {
  const done = await sendBody(worker.url, withDigest(where, digest), { method: 'PUT', ...body });
  assert.equal(done.status, 201, done.text);
  const head = await send(worker.url, `${IMAGE}/blobs/${digest}`, { method: 'HEAD' });
  assert.equal(Number(head.headers['content-length']), LENGTH);
};

test('a layer of 2 GB comes in one request', async () => {
  await finish(await begin(), { pieces: blob.from(), length: LENGTH });
});

test('a layer of 2 GB comes in one stream of chunked encoding', async () => {
  const where = await begin();
  const patched = await sendBody(worker.url, where, { method: 'PATCH', pieces: blob.from() });
  assert.equal(patched.status, 202, patched.text);
  await finish(where);
});

test('a layer of 2 GB comes in chunks of 100 MB', async () => {
  const where = await begin();
  for (let at = 0; at < LENGTH; at += CHUNK) {
    const end = Math.min(at + CHUNK, LENGTH);
    const headers = { 'content-range': `${at}-${end - 1}` };
    const body = { pieces: blob.from(at, end), length: end - at, headers };
    const patched = await sendBody(worker.url, where, { method: 'PATCH', ...body });
    assert.equal(patched.status, 202, patched.text);
  }
  await finish(where);
});
