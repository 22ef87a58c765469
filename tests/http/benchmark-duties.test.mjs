// The Worker in JavaScript that the benchmark compares bhcr with does what bhcr does.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startBhcr } from '../../bench/bhcr.mjs';
import { makeLifetime } from '../../bench/lifetime.mjs';
import { startOpening } from '../../bench/scripts.mjs';
import { sha256 } from '../../dev/upstream/images/layer.mjs';
import { LOCATION, startFakeUpstream } from '../support/fake-upstream.mjs';
import { token as askToken, bearer, pull, send } from '../support/http.mjs';

const NAME = 'acme/bench/1.0.0';
const TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
const BODY = JSON.stringify({ schemaVersion: 2, mediaType: TYPE, layers: [] });
const DIGEST = sha256(Buffer.from(BODY));
const HOUR_MS = 60 * 60 * 1000;

const lifetime = makeLifetime();
after(lifetime.end);
const upstream = await startFakeUpstream();
lifetime.add(upstream.stop);
upstream.heal();
upstream.answers.registry = (request, response) => {
  const etag = `"${DIGEST}"`;
  const known = request.headers['if-none-match'] === etag;
  const headers = { 'content-type': TYPE, 'docker-content-digest': DIGEST, etag };
  response.writeHead(known ? 304 : 200, headers).end(known ? undefined : BODY);
};
const { url } = upstream;
const bhcr = await startBhcr(lifetime, { registry: url, api: url, TAG_SECONDS: '0' });
const grants = { [NAME]: `v2/${LOCATION}` };
const given = { registry: url, grants, token: 'an upstream token' };
const sides = [
  { ...bhcr, token: await askToken(bhcr.url, [pull(NAME)]) },
  await startOpening(lifetime, 'duties', { ...given, expires: Date.now() + HOUR_MS }),
];

/** What a side answers, and what it asks the registry for meanwhile, without what is its own. */
async function exchanged({ url: origin, token }, reference, headers) {
  const before = upstream.seen.length;
  const path = `/v2/${NAME}/manifests/${reference}`;
  const reply = await send(origin, path, { headers: { ...bearer(token), ...headers } });
  const asked = upstream.seen
    .slice(before)
    .map((request) => [
      request.url,
      ...Object.entries(request.headers).filter(([name]) => name !== 'authorization'),
    ]);
  const { 'x-request-id': id, 'server-timing': timing, date: _, ...told } = reply.headers;
  assert.match(id, /^[0-9a-f]{16}$/);
  assert.match(timing, /^total;dur=\d+, upstream;dur=\d+$/);
  return { status: reply.status, told, text: reply.text, asked };
}

const rows = [
  ['a tag, for the first time', 'latest', 200, 1],
  ['a tag that means the same as before', 'latest', 200, 1],
  ['a digest, from memory', DIGEST, 200, 0],
  ['a digest that the client has', DIGEST, 304, 0, { 'if-none-match': `"${DIGEST}"` }],
];

for (const [what, reference, status, calls, headers] of rows) {
  test(`bhcr and JavaScript with the same duties answer and ask the same: ${what}`, async () => {
    const ours = await exchanged(sides[0], reference, headers);
    assert.deepEqual([ours.status, ours.asked.length], [status, calls]);
    assert.deepEqual(await exchanged(sides[1], reference, headers), ours);
  });
}

test('JavaScript with the same duties refuses a token that is not its own, or has expired', async () => {
  const [, { url: origin, token }] = sides;
  const late = await startOpening(lifetime, 'duties', { ...given, expires: Date.now() - 1 });
  for (const [at, value] of [
    [origin, `${token.slice(0, -2)}AA`],
    [late.url, late.token],
  ]) {
    const reply = await send(at, `/v2/${NAME}/manifests/latest`, { headers: bearer(value) });
    assert.equal(reply.status, 401, reply.about);
  }
});
