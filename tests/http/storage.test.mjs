// The local upstream's storage serves what the registry presigns, and refuses the rest as S3 does.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { bearer, pull, send, token } from '../support/http.mjs';
import { assertStatus } from '../support/oci.mjs';
import { presign } from '../support/presign.mjs';
import { startTestUpstream } from '../support/upstream.mjs';

const upstream = await startTestUpstream();
after(() => upstream.stop());
const { registry, storage, credentials, seed } = upstream;
const { repository, digest, mediaType, platforms } = seed.releases.find(({ isPublic }) => isPublic);
const { size, ...layer } = platforms[0].layers[0];
const held = await token(upstream.api.url, [pull(repository)]);

async function redirect(method) {
  const path = `/v2/${repository}/blobs/${layer.digest}`;
  const reply = await send(registry.url, path, { method, headers: bearer(held) });
  assertStatus(reply, 307);
  return reply.headers.location;
}
const given = { GET: await redirect('GET'), HEAD: await redirect('HEAD') };
const ask = (url, options) => send(storage.url, url.slice(storage.url.length), options);
const sign = (url, options) => presign(url, credentials.storage, options);
const at = (key) => `${storage.url}/registry/${key}`;
const bare = given.GET.split('?')[0];
const minutesAgo = (minutes) => new Date(Date.now() - minutes * 60_000);

test('the registry presigns for one method, and for 20 minutes', () => {
  for (const url of Object.values(given)) {
    const { searchParams } = new URL(url);
    assert.equal(searchParams.get('X-Amz-Expires'), '1200');
    assert.equal(searchParams.get('X-Amz-SignedHeaders'), 'host');
    assert.match(searchParams.get('X-Amz-Date'), /^\d{8}T\d{6}Z$/);
  }
  assert.notEqual(given.GET, given.HEAD);
});

test('a presigned URL is served: whole, with Range, and for HEAD', async () => {
  const whole = await ask(given.GET);
  assertStatus(whole, 200);
  assert.equal(whole.body.length, size);
  const part = await ask(given.GET, { headers: { range: 'bytes=5-9' } });
  assertStatus(part, 206);
  assert.equal(part.headers['content-range'], `bytes 5-9/${size}`);
  assert.deepEqual(part.body, whole.body.subarray(5, 10));
  const head = await ask(given.HEAD, { method: 'HEAD' });
  assertStatus(head, 200);
  assert.equal(head.headers['content-length'], `${size}`);
  assert.equal(head.headers.etag, whole.headers.etag);
  assert.equal((await ask(sign(bare, { date: minutesAgo(19) }))).status, 200);
});

const other = { ...credentials.storage, accessKeyId: 'AKIAOTHER' };
const forged = {
  authorization: `AWS4-HMAC-SHA256 Credential=${credentials.storage.accessKeyId}/x, SignedHeaders=host, Signature=00`,
};
const refused = {
  'no signature': [bare, {}, 403, 'AccessDenied'],
  'a Bearer token instead of a signature': [
    bare,
    { headers: bearer(held) },
    400,
    'InvalidArgument',
  ],
  'a header with a wrong signature': [bare, { headers: forged }, 403, 'SignatureDoesNotMatch'],
  'a token beside the signature': [given.GET, { headers: bearer(held) }, 400, 'InvalidArgument'],
  'an empty Authorization beside it': [given.GET, { headers: { authorization: '' } }, 400],
  'the signature of another method': [given.HEAD, {}, 403, 'SignatureDoesNotMatch'],
  'a HEAD with the signature for GET': [given.GET, { method: 'HEAD' }, 403],
  'another host': [given.GET, { headers: { host: 'localhost' } }, 403, 'SignatureDoesNotMatch'],
  'another path': [given.GET.replace('/data?', '/datb?'), {}, 403, 'SignatureDoesNotMatch'],
  'a longer time': [given.GET.replace('=1200', '=9999'), {}, 403, 'SignatureDoesNotMatch'],
  'another parameter in the query': [`${given.GET}&a=b`, {}, 403, 'SignatureDoesNotMatch'],
  'another signature': [`${given.GET.slice(0, -64)}${'0'.repeat(64)}`, {}, 403],
  'a signature that has expired': [
    sign(bare, { date: minutesAgo(21) }),
    {},
    403,
    'Request has expired',
  ],
  'an unknown key': [presign(bare, other), {}, 403, 'InvalidAccessKeyId'],
  'no date': [given.GET.replace(/X-Amz-Date=\w+&/, ''), {}, 400, 'AuthorizationQueryParameters'],
  'more than a week': [sign(bare, { seconds: 604_801 }), {}, 400, 'AuthorizationQueryParameters'],
  'a range beyond the end': [given.GET, { headers: { range: `bytes=${size}-` } }, 416, 'InvalidR'],
  'a write': [sign(bare, { method: 'PUT' }), { method: 'PUT' }, 405, 'MethodNotAllowed'],
  'a key that does not exist': [sign(at('docker/nothing')), {}, 404, 'NoSuchKey'],
  'a key that is a folder': [sign(at('docker/registry')), {}, 404, 'NoSuchKey'],
  'another bucket': [sign(`${storage.url}/other/docker`), {}, 404, 'NoSuchBucket'],
};
for (const [what, [url, options, status, said = '']] of Object.entries(refused)) {
  test(`refused: ${what}`, async () => {
    const reply = await ask(url, options);
    assertStatus(reply, status);
    assert.match(reply.text, new RegExp(said));
  });
}

test('keys are listed page by page, in both versions', async () => {
  const tags = `docker/registry/v2/repositories/${repository}/_manifests/tags/`;
  const list = async (query) => (await ask(sign(`${at('')}?prefix=${tags}${query}`))).text;
  assert.match(await list('&delimiter=/'), /<CommonPrefixes><Prefix>\S+\/latest\/<\/Prefix>/);
  assert.match(await list('late'), /<Key>\S+\/latest\/current\/link<\/Key>/);
  assert.doesNotMatch(await list('later'), /<Key>/);
  for (const [version, mark] of [
    ['', 'marker'],
    ['&list-type=2', 'continuation-token'],
  ]) {
    const first = await list(`${version}&max-keys=1`);
    const [, next] = /<Next\w+>(\S+)<\/Next/.exec(first);
    const rest = await list(`${version}&${mark}=${next}`);
    assert.match(rest, /<IsTruncated>false<.*<Key>\S+\/index\/sha256\/\w+\/link<\/Key>/);
    assert.ok(first.includes(`<Key>${next}<`) && !rest.includes(`<Key>${next}<`));
  }
});

test("the registry's own reads are not among the requests", async () => {
  const before = storage.requests().length;
  const headers = { ...bearer(held), accept: mediaType };
  for (const reference of ['latest', digest]) {
    const reply = await send(registry.url, `/v2/${repository}/manifests/${reference}`, { headers });
    assert.equal(reply.headers['docker-content-digest'], digest);
  }
  assert.equal(storage.requests().length, before);
});
