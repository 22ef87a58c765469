import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHostedWorker } from '../support/hosted-worker.mjs';
import { send } from '../support/http.mjs';
import { layer, path, sendBody, withDigest } from '../support/pushing.mjs';
import { buildTestWorker } from '../support/test-worker.mjs';

const MB = 1e6;
const LENGTH = 2000 * MB + 321;
const CHUNK = 100 * MB;
const IMAGE = '/v2/acc-12345/app';
// The local R2 stores and reads some 30 to 60 MB a second, which is nearly all of the time.
const options = { timeout: 10 * 60_000 };
const blob = layer(LENGTH, 9);

let worker;
let digest;
before(async () => {
  worker = await startHostedWorker(await buildTestWorker());
  digest = blob.digest();
});
after(() => worker?.stop());

/** Says what is done, and how long the test has taken so far. */
function clock() {
  const began = Date.now();
  return (what) => console.log(`${((Date.now() - began) / 1000).toFixed(0)} s: ${what}`);
}

const begin = async () =>
  path(await send(worker.url, `${IMAGE}/blobs/uploads/`, { method: 'POST' }));

async function patch(where, body) {
  const patched = await sendBody(worker.url, where, { method: 'PATCH', ...body });
  assert.equal(patched.status, 202, patched.text);
  return path(patched);
}

async function finish(where, body = { pieces: [], length: 0 }) {
  const done = await sendBody(worker.url, withDigest(where, digest), { method: 'PUT', ...body });
  assert.equal(done.status, 201, done.text);
  const head = await send(worker.url, `${IMAGE}/blobs/${digest}`, { method: 'HEAD' });
  assert.equal(Number(head.headers['content-length']), LENGTH);
}

/** The bytes of the layer, with a word at each chunk's end. */
function* saying(say) {
  for (let at = 0; at < LENGTH; at += CHUNK) {
    const end = Math.min(at + CHUNK, LENGTH);
    yield* blob.from(at, end);
    say(`${(end / MB).toFixed(0)} MB are sent`);
  }
}

test('a layer of 2 GB comes in one request', options, async () => {
  const say = clock();
  await finish(await begin(), { pieces: saying(say), length: LENGTH });
  say('it is a blob');
});

test('a layer of 2 GB comes in one stream of chunked encoding', options, async () => {
  const say = clock();
  await finish(await patch(await begin(), { pieces: saying(say) }));
  say('it is a blob');
});

test('a layer of 2 GB comes in chunks of 100 MB, and is read back', options, async () => {
  const say = clock();
  let where = await begin();
  for (let at = 0; at < LENGTH; at += CHUNK) {
    const end = Math.min(at + CHUNK, LENGTH);
    const headers = { 'content-range': `${at}-${end - 1}` };
    where = await patch(where, { pieces: blob.from(at, end), length: end - at, headers });
    say(`${(end / MB).toFixed(0)} MB are stored`);
  }
  await finish(where);
  say('it is read back, and a blob');
});
