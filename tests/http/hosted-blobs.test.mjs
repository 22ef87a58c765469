// Blobs that are pushed and pulled back, request by request.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { hostingImages } from '../support/hosting.mjs';
import { assertError } from '../support/oci.mjs';
import { digestOf, expect, TYPES } from '../support/registry.mjs';

const { url, fresh } = await hostingImages();
const NO_DIGEST = digestOf('nobody pushed this');

describe('a blob', () => {
  test('is read in ranges', async () => {
    const here = fresh();
    const bytes = randomBytes(1000);
    expect(await here.pushBlob(bytes), 201);
    const path = `blobs/${digestOf(bytes)}`;
    for (const [range, from, to] of [
      ['bytes=0-9', 0, 9],
      ['bytes=500-', 500, 999],
      ['bytes=990-2000', 990, 999],
      ['bytes=-10', 990, 999],
    ]) {
      const reply = expect(await here.get(path, { range }), 206);
      assert.equal(reply.headers['content-range'], `bytes ${from}-${to}/1000`);
      assert.deepEqual(reply.body, bytes.subarray(from, to + 1));
    }
    const past = await here.get(path, { range: 'bytes=1000-' });
    assert.equal(past.status, 416, past.text);
    assert.equal(past.headers['content-range'], 'bytes */1000');
  });

  test('with a wrong digest is not stored', async () => {
    const here = fresh();
    assertError(await here.pushBlob('bytes', NO_DIGEST), 400, 'DIGEST_INVALID');
    assertError(await here.get(`blobs/${NO_DIGEST}`), 404, 'BLOB_UNKNOWN');
    assertError(await here.get(`blobs/${digestOf('bytes')}`), 404, 'BLOB_UNKNOWN');
  });

  test('may be empty', async () => {
    const here = fresh();
    expect(await here.pushBlob(''), 201);
    const reply = expect(await here.get(`blobs/${digestOf('')}`), 200);
    assert.equal(reply.headers['content-length'], '0');
  });

  test('goes up in one request with its digest', async () => {
    const here = fresh();
    const bytes = randomBytes(3000);
    const pushed = await here.ask('POST', `blobs/uploads/?digest=${digestOf(bytes)}`, {
      headers: { 'content-length': '3000', 'content-type': 'application/octet-stream' },
      body: bytes,
    });
    expect(pushed, 201);
    assert.equal(pushed.headers['docker-content-digest'], digestOf(bytes));
    assert.deepEqual((await here.get(`blobs/${digestOf(bytes)}`)).body, bytes);
  });

  test('goes up in chunks of any size, out of order never', async () => {
    const here = fresh();
    const bytes = randomBytes(30_000);
    let { location } = expect(await here.start(), 202).headers;
    for (const [from, to] of [
      [0, 10],
      [10, 12_000],
      [12_000, 30_000],
    ]) {
      const path = new URL(location, url);
      const reply = await here.ask('PATCH', path.pathname + path.search, {
        headers: {
          'content-type': 'application/octet-stream',
          'content-range': `${from}-${to - 1}`,
          'content-length': `${to - from}`,
        },
        body: bytes.subarray(from, to),
      });
      expect(reply, 202);
      assert.equal(reply.headers.range, `0-${to - 1}`);
      location = reply.headers.location;
      const again = new URL(location, url);
      const wrong = await here.ask('PATCH', again.pathname + again.search, {
        headers: { 'content-range': `${to + 1}-${to + 2}`, 'content-length': '2' },
        body: Buffer.alloc(2),
      });
      assert.equal(wrong.status, 416, wrong.text);
      assert.equal(wrong.headers.range, `0-${to - 1}`);
      const status = await here.get(
        new URL(wrong.headers.location, url).pathname + new URL(wrong.headers.location, url).search,
      );
      assert.equal(status.status, 204);
      assert.equal(status.headers.range, `0-${to - 1}`);
    }
    const end = new URL(location, url);
    end.searchParams.set('digest', digestOf(bytes));
    const done = await here.ask('PUT', end.pathname + end.search, {
      headers: { 'content-length': '0' },
    });
    expect(done, 201);
    assert.deepEqual((await here.get(`blobs/${digestOf(bytes)}`)).body, bytes);
  });

  test('that is refused is told to a client that is still sending it', async () => {
    const here = fresh();
    const bytes = Buffer.alloc(20_000_000);
    const sent = { 'content-length': `${bytes.length}` };
    for (let times = 0; times < 5; times += 1) {
      const { location } = expect(await here.start(), 202).headers;
      const headers = { ...sent, 'content-range': `10-${bytes.length + 9}` };
      assert.equal((await here.ask('PATCH', location, { headers, body: bytes })).status, 416);
      const no = await here.ask('PUT', location, { headers: sent, body: bytes });
      assertError(no, 400, 'DIGEST_INVALID');
      const large = { ...sent, 'content-type': TYPES.manifest };
      const manifest = await here.ask('PUT', 'manifests/v1', { headers: large, body: bytes });
      assertError(manifest, 413, 'MANIFEST_INVALID');
    }
  });

  test('that is not there is 404 to GET and HEAD', async () => {
    const here = fresh();
    assertError(await here.get(`blobs/${NO_DIGEST}`), 404, 'BLOB_UNKNOWN');
    assert.equal((await here.head(`blobs/${NO_DIGEST}`)).status, 404);
  });
});
