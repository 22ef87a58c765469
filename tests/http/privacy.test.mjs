// A caller who may not see a private app gets the same as for an app that does not exist.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forwarded, front } from '../support/front.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { assertStatus } from '../support/oci.mjs';

const here = await front();
const { owner, stranger } = here.upstream.credentials;
// Both names have the same length, so that even the lengths of the answers can be compared.
const PRIVATE = 'acme/secret';
const MISSING = 'acme/absent';
const CALLERS = {
  nobody: {},
  'a stranger with an API key': bearer(stranger.apiKey),
  'a stranger with a session': bearer(stranger.sessionToken),
};

// Durations differ each time, but the words around them must not.
const SHAPE = /^total;dur=\d+, upstream;dur=\d+$/;

// Everything that a caller can see of a name, without the parts that differ each time or by name.
async function seen(name, headers) {
  const slug = name.split('/').slice(0, 2).join('/');
  const plain = ({
    status,
    headers: { 'x-request-id': _, date: __, 'server-timing': timing, ...kept },
    text,
  }) => JSON.stringify({ status, kept, timed: SHAPE.test(timing), text }).replaceAll(slug, 'NAME');
  const replies = [];
  const calls = await forwarded(here.upstream, async () => {
    const scope = `scope=${pull(name)}`;
    const answer = await send(here.url, `/auth/v1/token?${scope}`, { headers });
    const { token: held, expires_in } = answer.json;
    replies.push({ status: answer.status, length: held.length, lives: expires_in > 60 });
    for (const end of ['manifests/latest', `manifests/${DIGEST}`, `blobs/${DIGEST}`, 'tags/list']) {
      replies.push(plain(await send(here.url, `/v2/${name}/${end}`, { headers: bearer(held) })));
    }
  });
  const asked = calls.map(({ method, url, status }) =>
    `${method} ${url} ${status}`.replaceAll(slug, 'NAME'),
  );
  // Sorted, because two of the calls are under way at once.
  return { replies, asked: asked.sort() };
}

const DIGEST = here.upstream.seed.releases.find(({ slug }) => slug === PRIVATE).digest;

for (const [who, headers] of Object.entries(CALLERS)) {
  test(`${who} sees no difference between a private and a missing app, before the owner pulls`, async () => {
    assert.deepEqual(await seen(PRIVATE, headers), await seen(MISSING, headers));
    const version = (name) => `${name}/1.0.0`;
    assert.deepEqual(await seen(version(PRIVATE), headers), await seen(version(MISSING), headers));
  });
}

test('the owner pulls it with an API key and with a session, and the API is asked once', async () => {
  for (const headers of [bearer(owner.apiKey), bearer(owner.sessionToken)]) {
    const first = await seen(PRIVATE, headers);
    assert.match(first.replies[1], /"status":200/);
    const again = await seen(PRIVATE, headers);
    assert.deepEqual(
      again.asked.filter((call) => /\/v7\/|\/auth\//.test(call)),
      [],
    );
  }
});

for (const [who, headers] of Object.entries(CALLERS)) {
  test(`${who} sees no difference while the owner's resolution is kept`, async () => {
    assert.deepEqual(await seen(PRIVATE, headers), await seen(MISSING, headers));
  });
}

test('a wrong credential is refused, although resolutions are kept', async () => {
  for (const name of [PRIVATE, MISSING, 'acme/kiosk']) {
    const reply = await send(here.url, `/auth/v1/token?scope=${pull(name)}`, {
      headers: bearer('wrong'),
    });
    assertStatus(reply, 401);
  }
});

test('an app that was made public is found after MISS_SECONDS', async () => {
  const { url } = await here.start({ MISS_SECONDS: '1' });
  await here.upstream.control.createApplication({ slug: 'acme/later', isPublic: false });
  await here.upstream.control.createRelease('acme/later', { semver: '1.0.0' });
  const status = async () => {
    const held = await token(url, [pull('acme/later/1.0.0')]);
    const path = '/v2/acme/later/1.0.0/manifests/latest';
    return (await send(url, path, { headers: bearer(held) })).status;
  };
  assert.equal(await status(), 403);
  await here.upstream.control.setPublic('acme/later', true);
  await here.upstream.control.forgetLookups();
  await sleep(1000);
  assert.equal(await status(), 200);
});
