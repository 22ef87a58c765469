// Hosted images whose blobs clients get from R2 itself, by presigned URLs. wrangler's S3 endpoint
// checks each URL.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '../../dev/ports.mjs';
import { needs, needsRoot, scratch } from '../support/clients.mjs';
import { hosting } from '../support/hosting.mjs';
import { bearer, send } from '../support/http.mjs';
import { imageToPush } from '../support/images.mjs';
import { logLine } from '../support/log.mjs';
import { presign } from '../support/presign.mjs';
import { hide } from '../support/redact.mjs';
import { digestOf, expect, owner, registry } from '../support/registry.mjs';
import { relay } from '../support/relay.mjs';
import { docker } from './adapters/docker.mjs';
import { podman } from './adapters/podman.mjs';
import { skopeo } from './adapters/skopeo.mjs';

const ENDPOINT = '/cdn-cgi/local/r2/s3/bhcr-objects';
const key = {
  accessKeyId: randomBytes(16).toString('hex'),
  secretAccessKey: randomBytes(32).toString('hex'),
};
hide(key.secretAccessKey);

const listen = await freePort();
// Another host than the Worker's, as R2 is: clients keep their credentials from it. The endpoint
// refuses a request that has one.
const storage = await relay(`http://127.0.0.1:${listen}`, '127.0.0.1');
const here = await hosting(
  {
    R2_ENDPOINT: `${storage.url}${ENDPOINT}`,
    R2_ACCESS_KEY_ID: key.accessKeyId,
    R2_SECRET_ACCESS_KEY: key.secretAccessKey,
  },
  {
    listen,
    more: `
[r2_buckets.local_dev.experimental_s3_credentials]
accessKeyId = "${key.accessKeyId}"
secretAccessKey = "${key.secretAccessKey}"
`,
  },
);
const mine = await here.account();
const credential = { user: 'KEY', password: mine.key };

describe('a presigned URL', () => {
  const image = `${mine.account}/urls/image`;
  const bytes = randomBytes(10_000);
  const client = registry(here.url, image, owner(mine));
  const blob = `blobs/${digestOf(bytes)}`;

  /** Pushes a blob, and answers where it is. */
  async function locate(content = bytes) {
    expect(await client.pushBlob(content), 201);
    return expect(await client.get(`blobs/${digestOf(content)}`), 307).headers.location;
  }

  const fetched = (url, { method, headers } = {}) => {
    const { origin, pathname, search } = new URL(url);
    return send(origin, pathname + search, { method, headers });
  };

  test('gives the blob to whoever has it, but not beside another credential', async () => {
    const url = await locate();
    assert.ok(url.startsWith(`${storage.url}${ENDPOINT}/b/${mine.account}/`), url);
    const reply = expect(await fetched(url), 200);
    assert.deepEqual(reply.body, bytes);
    assert.equal((await fetched(url, { headers: bearer(mine.key) })).status, 400);
  });

  test('gives ranges of the blob to a client that follows the redirect', async () => {
    await locate();
    const headers = bearer(await client.token());
    for (const [range, from, to] of [
      ['bytes=0-99', 0, 99],
      ['bytes=9000-', 9000, 9999],
      ['bytes=-10', 9990, 9999],
    ]) {
      const reply = await fetch(`${here.url}/v2/${image}/${blob}`, {
        headers: { ...headers, range },
      });
      assert.equal(reply.status, 206, range);
      assert.equal(reply.headers.get('content-range'), `bytes ${from}-${to}/10000`);
      const got = Buffer.from(await reply.arrayBuffer());
      assert.deepEqual(got, bytes.subarray(from, to + 1));
    }
  });

  test('is not needed for HEAD, which the Worker answers', async () => {
    await locate();
    const reply = expect(await client.head(blob), 200);
    assert.equal(reply.headers['content-length'], '10000');
  });

  test('is refused where anything in it was changed', async () => {
    const url = await locate();
    const [, signature] = url.match(/X-Amz-Signature=([0-9a-f]{64})$/);
    const other = await locate(randomBytes(10));
    const pathOf = (text) => new URL(text).pathname;
    const rows = {
      'another signature': url.replace(signature, signature.split('').reverse().join('')),
      'no signature': url.replace(`&X-Amz-Signature=${signature}`, ''),
      'another object': url.replace(pathOf(url), pathOf(other)),
      'another host': url.replace('127.0.0.1', 'localhost'),
      'more time': url.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=604800'),
      'another key': presign(url, { ...key, secretAccessKey: 'x'.repeat(64) }),
      'an unknown key': presign(url, { ...key, accessKeyId: 'x'.repeat(32) }),
      'its time over': presign(url, key, { date: new Date(Date.now() - 61_000), seconds: 60 }),
    };
    expect(await fetched(presign(url, key)), 200);
    for (const [what, changed] of Object.entries(rows)) {
      assert.notEqual(changed, url, what);
      const { status, body } = await fetched(changed);
      assert.ok([400, 401, 403].includes(status), `${what}: ${status}`);
      assert.ok(!body.includes(bytes), what);
    }
  });

  test('is refused with another method', async () => {
    const url = await locate();
    for (const method of ['HEAD', 'PUT', 'DELETE']) {
      assert.equal((await fetched(url, { method })).status, 403, method);
    }
    assert.deepEqual(expect(await fetched(url), 200).body, bytes);
  });
});

const needsDocker = needsRoot('skopeo', 'dockerd', 'docker');
const CLIENTS = [
  ['podman', needs('skopeo', 'podman'), podman],
  ['skopeo', needs('skopeo'), skopeo],
  ['docker', needsDocker, docker],
];

describe('a hosted image comes from R2 to', () => {
  for (const [name, { skip }, start] of CLIENTS) {
    test(name, { skip }, async () => {
      const image = imageToPush(scratch(`presigned-${name}`), { title: `presigned-${name}` });
      const path = `${mine.account}/pulled/${name}`;
      const full = `${here.host}/${path}:v1`;
      await skopeo().push(image, full, credential);
      const { pull } = await start();
      const before = here.worker.output().length;
      assert.ok((await pull(full, credential)).includes(image.digest));
      const sent = storage.sent();
      for (const blob of blobs(image)) assert.ok(sent.includes(blob), 'R2 did not send a blob');
      await assertRedirected(before);
    });
  }
});

test('docker goes on where the connection to R2 broke', { skip: needsDocker.skip }, async () => {
  const image = imageToPush(scratch('presigned-broken'), { title: 'broken', layers: [3_000_000] });
  const full = `${here.host}/${mine.account}/pulled/broken:v1`;
  await skopeo().push(image, full, credential);
  const { pull } = await docker();
  const before = here.worker.output().length;
  storage.cutAfter(1_000_000);
  assert.ok((await pull(full, credential)).includes(image.digest));
  const size = Math.max(...blobs(image).map(({ length }) => length));
  assert.match(storage.sent(), new RegExp(`Content-Range: bytes [1-9]\\d*-\\d+/${size}\r`, 'i'));
  await assertRedirected(before);
});

/** Checks that the Worker sent no blob: its log, from `since` on, has only redirects of blobs. */
async function assertRedirected(since) {
  // The line of a request that was sent after a pull comes after those of the pull.
  await logLine(here.worker, await send(here.url, '/ping'));
  const lines = here.worker.output().slice(since).split('\n');
  const asked = lines.filter((line) => line.includes('"route":"hosted blob"'));
  assert.deepEqual(new Set(asked.map((line) => JSON.parse(line).status)), new Set([307]));
}

/** The configuration and the layers of an image, as `sent` of a relay has bytes. */
function blobs({ layout, digest }) {
  const dir = join(layout, 'blobs/sha256');
  return readdirSync(dir)
    .filter((hex) => `sha256:${hex}` !== digest)
    .map((hex) => readFileSync(join(dir, hex), 'latin1'));
}
