import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHostedWorker } from '../support/hosted-worker.mjs';
import { send } from '../support/http.mjs';
import { breakOff, layer, path, sendBody, withDigest } from '../support/pushing.mjs';
import { buildTestWorker } from '../support/test-worker.mjs';

const PART = 5 << 20;
const IMAGE = '/v2/acc-12345/app';

let worker;
before(async () => {
  worker = await startHostedWorker(await buildTestWorker());
});
after(() => worker?.stop());

const ask = (where, method, headers) => send(worker.url, where, { method, headers });
const begin = async (query = '') => {
  const begun = await ask(`${IMAGE}/blobs/uploads/${query}`, 'POST');
  assert.equal(begun.status, 202);
  return path(begun);
};
const patch = (where, pieces, options) =>
  sendBody(worker.url, where, { method: 'PATCH', pieces, ...options });
const put = (where, digest, { pieces = [], length } = { length: 0 }) =>
  sendBody(worker.url, withDigest(where, digest), { method: 'PUT', pieces, length });

/** The blob is there: HEAD says its length, and GET has its bytes. */
async function isThere({ length, digest }, of = digest()) {
  const head = await ask(`${IMAGE}/blobs/${of}`, 'HEAD');
  assert.deepEqual([head.status, Number(head.headers['content-length'])], [200, length]);
  const { body } = await ask(`${IMAGE}/blobs/${of}`, 'GET');
  const [algorithm, hex] = of.split(':');
  assert.equal(createHash(algorithm).update(body).digest('hex'), hex);
}

const SIZES = [1, 70_000, PART - 1, PART, PART + 1, 3 * PART + 12_345];

for (const known of [true, false]) {
  const kind = known ? 'of known length' : 'in chunked encoding';
  const length = (blob) => (known ? blob.length : undefined);

  test(`POST, one PATCH ${kind}, PUT without a body: docker, podman, crane`, async () => {
    for (const [seed, size] of SIZES.entries()) {
      const blob = layer(size, seed + (known ? 100 : 200));
      const patched = await patch(await begin(), blob.from(), { length: length(blob) });
      assert.deepEqual([patched.status, patched.headers.range], [202, `0-${size - 1}`]);
      assert.match(path(patched), /^\/v2\/acc-12345\/app\/blobs\/uploads\/[A-Za-z0-9_-]+$/);
      const done = await put(path(patched), blob.digest());
      assert.equal(done.status, 201, done.text);
      assert.equal(path(done), `${IMAGE}/blobs/${blob.digest()}`);
      await isThere(blob);
    }
  });

  test(`POST, PUT with a body ${kind}: containerd, buildkit, oras, helm`, async () => {
    for (const [seed, size] of SIZES.entries()) {
      const blob = layer(size, seed + (known ? 300 : 400));
      const done = await put(await begin(), blob.digest(), {
        pieces: blob.from(),
        length: length(blob),
      });
      assert.equal(done.status, 201, done.text);
      await isThere(blob);
    }
  });

  test(`a connection that breaks halfway in a PATCH ${kind} is resumed`, async () => {
    const blob = layer(4 * PART + 99, known ? 500 : 501);
    const where = await begin();
    const sent = blob.from(0, 2 * PART + 1000);
    await breakOff(worker.url, where, { method: 'PATCH', pieces: sent, length: length(blob) });
    const received = await settled(where, 2 * PART);
    const pieces = blob.from(received);
    const headers = { 'content-range': `${received}-${blob.length - 1}` };
    const patched = await patch(where, pieces, { length: blob.length - received, headers });
    assert.equal(patched.status, 202, patched.text);
    assert.equal((await put(path(patched), blob.digest())).status, 201);
    await isThere(blob);
  });
}

/** How far an upload is, once the Worker has noticed that its client is gone. */
async function settled(where, expected) {
  for (let tries = 0; tries < 100; tries += 1) {
    const { status, headers } = await ask(where, 'GET');
    assert.equal(status, 204);
    const received = Number(headers.range.split('-')[1]) + 1;
    if (received === expected) return received;
    await sleep(100);
  }
  assert.fail('the parts were never recorded');
}

test('POST with a digest and a body is a push in one request', async () => {
  for (const length of [10, PART + 10]) {
    const blob = layer(length, 600);
    const where = withDigest(`${IMAGE}/blobs/uploads/`, blob.digest());
    const pushed = await sendBody(worker.url, where, {
      method: 'POST',
      pieces: blob.from(),
      length,
    });
    assert.equal(pushed.status, 201, pushed.text);
    await isThere(blob);
  }
});

test('regctl goes on in chunks, with the digest of the PUT that failed in the query', async () => {
  const blob = layer(2 * PART + 4321, 700);
  let where = await begin();
  for (let at = 0; at < blob.length; at += PART) {
    const end = Math.min(at + PART, blob.length);
    const headers = {
      'content-range': `${at}-${end - 1}`,
      'content-type': 'application/octet-stream',
    };
    const stale = withDigest(where, layer(5).digest());
    const patched = await patch(stale, blob.from(at, end), { length: end - at, headers });
    assert.deepEqual([patched.status, patched.headers.range], [202, `0-${end - 1}`]);
    assert.equal(patched.headers['oci-chunk-min-length'], String(PART));
    where = path(patched);
  }
  assert.equal((await put(where, blob.digest())).status, 201);
  await isThere(blob);
});

test('chunks of odd sizes and a last one with the PUT make the blob', async () => {
  const blob = layer(2 * PART + 77, 800);
  let where = await begin();
  const ends = [1, 3, 500_000, PART + 500_001, blob.length - 9];
  let at = 0;
  for (const end of ends) {
    const headers = { 'content-range': `${at}-${end - 1}` };
    const patched = await patch(where, blob.from(at, end), { length: end - at, headers });
    assert.deepEqual([patched.status, patched.headers.range], [202, `0-${end - 1}`]);
    where = path(patched);
    at = end;
  }
  assert.equal((await put(where, blob.digest(), { pieces: blob.from(at), length: 9 })).status, 201);
  await isThere(blob);
});

test('a chunk out of order is 416 with where the upload is and how far', async () => {
  const blob = layer(20, 900);
  let where = await begin();
  async function sent(at, end) {
    const headers = { 'content-range': `${at}-${end - 1}` };
    const answer = await patch(where, blob.from(at, end), { length: end - at, headers });
    where = path(answer);
    return answer;
  }
  const early = await sent(10, 20);
  assert.deepEqual([early.status, early.headers.range], [416, '0-0']);
  assert.equal((await sent(0, 10)).status, 202);
  const again = await sent(0, 10);
  assert.deepEqual([again.status, again.headers.range], [416, '0-9']);
  assert.equal((await sent(10, 20)).status, 202);
  assert.equal((await put(where, blob.digest())).status, 201, 'by the Locations of the 416');
});

test('the empty blob is pushed as any other', async () => {
  const blob = layer(0);
  assert.equal((await put(await begin(), blob.digest())).status, 201);
  await isThere(blob);
});

test('sha512 works, announced or not', async () => {
  for (const [at, query] of ['', '?digest-algorithm=sha512'].entries()) {
    const blob = layer(PART + 5, 1000 + at);
    const patched = await patch(await begin(query), blob.from());
    assert.equal((await put(path(patched), blob.digest('sha512'))).status, 201);
    await isThere(blob, blob.digest('sha512'));
  }
});

test('a wrong digest ends the upload', async () => {
  const blob = layer(PART + 5, 1100);
  const wrong = layer(3, 1101).digest();
  for (const patched of [true, false]) {
    let where = await begin();
    if (patched) where = path(await patch(where, blob.from(), { length: blob.length }));
    const body = { pieces: blob.from(), length: blob.length };
    const refused = await (patched ? put(where, wrong) : put(where, wrong, body));
    assert.deepEqual([refused.status, refused.text], [400, 'DIGEST_INVALID']);
    assert.equal((await ask(where, 'GET')).status, 404);
    assert.equal((await put(where, blob.digest())).status, 404);
    assert.equal((await ask(`${IMAGE}/blobs/${wrong}`, 'HEAD')).status, 404);
  }
});

test('podman cancels an upload, and no replay revives it', async () => {
  const blob = layer(PART + 5, 1200);
  const where = path(await patch(await begin(), blob.from(), { length: blob.length }));
  assert.equal((await ask(where, 'DELETE')).status, 204);
  for (const method of ['GET', 'PATCH']) assert.equal((await ask(where, method)).status, 404);
  assert.equal((await put(where, blob.digest())).status, 404);
});

test('an answer that was lost is given again', async () => {
  const blob = layer(PART + 5, 1300);
  const where = path(await patch(await begin(), blob.from()));
  for (let at = 0; at < 3; at += 1) assert.equal((await put(where, blob.digest())).status, 201);
});

test('clients that break off while a stream comes in give their buffers back', async () => {
  for (let at = 0; at < 30; at += 1) {
    const where = await begin();
    await breakOff(worker.url, where, { method: 'PATCH', pieces: [Buffer.alloc(100_000)] });
  }
  for (let tries = 0; ; tries += 1) {
    const { status } = await patch(await begin(), [Buffer.from('yes')]);
    if (status === 202) break;
    assert.ok(tries < 100, 'the buffers never came back');
    await sleep(100);
  }
});

test('after a kill in the middle of a stream the upload goes on where it was recorded', async () => {
  const blob = layer(16 * PART, 1400);
  const where = await begin();
  const sent = blob.from(0, 15 * PART);
  const broken = breakOff(worker.url, where, {
    method: 'PATCH',
    pieces: sent,
    length: blob.length,
  });
  await settledAtLeast(where, 13 * PART);
  await worker.killed();
  await broken;
  await worker.again();
  const { headers } = await ask(where, 'GET');
  const received = Number(headers.range.split('-')[1]) + 1;
  assert.ok(received >= 13 * PART);
  const range = { 'content-range': `${received}-${blob.length - 1}` };
  const rest = { length: blob.length - received, headers: range };
  const patched = await patch(where, blob.from(received), rest);
  assert.equal(patched.status, 202, patched.text);
  assert.equal((await put(path(patched), blob.digest())).status, 201);
  await isThere(blob);
});

async function settledAtLeast(where, least) {
  for (let tries = 0; tries < 300; tries += 1) {
    const { headers } = await ask(where, 'GET');
    if (Number(headers.range.split('-')[1]) + 1 >= least) return;
    await sleep(50);
  }
  assert.fail('the parts were never recorded');
}
