// What a held token says of its names: for how long, and what one bad name does to the others.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { under } from '../support/location.mjs';
import { assertError, assertStatus, challenge } from '../support/oci.mjs';
import { costOf } from '../support/pulling.mjs';

const TARGET_MS = 2000;
// A meaning may hold for up to a second longer: it is counted in whole seconds.
const LATER_MS = TARGET_MS + 1000;
const settings = { TARGET_SECONDS: '2', MISS_SECONDS: '2', VERSION_SECONDS: '600' };
const here = await bench();
const { control, credentials } = here.upstream;
const owner = { headers: bearer(credentials.owner.apiKey) };
let serial = 0;

async function application(options) {
  serial += 1;
  const slug = `acme/meaning-${serial}`;
  await control.createApplication({ slug, ...options });
  const { images } = await control.createRelease(slug, { semver: '1.0.0' });
  return { slug, digest: images[0].digest };
}

// BuildKit fetches a new token for this error only; it gives up where `insufficient_scope` repeats.
function assertWantsNewToken(reply, name) {
  assertError(reply, 401, 'UNAUTHORIZED');
  const { error, scope } = challenge(reply);
  assert.deepEqual({ error, scope }, { error: 'invalid_token', scope: pull(name) });
}

test('a held token keeps the old target for TARGET_SECONDS by tag, and for its life by digest', async () => {
  const worker = await here.start(settings);
  const { slug, digest } = await application();
  const held = await token(worker.url, [pull(slug)]);
  const ask = (reference, method = 'GET') =>
    under(held, worker.url, slug, 'manifests', reference, { method });
  const old = await ask('latest');
  assert.equal(old.headers['docker-content-digest'], digest);
  const [made] = (await control.createRelease(slug, { semver: '1.1.0' })).images;
  await sleep(LATER_MS);

  const calls = await costOf(here, async () => {
    for (const method of ['GET', 'HEAD']) {
      const reply = await ask('latest', method);
      if (method === 'GET') assertWantsNewToken(reply, slug);
      else assertStatus(reply, 401);
    }
  });
  assert.deepEqual(calls, []);
  assert.equal((await ask(digest)).headers['docker-content-digest'], digest);
  for (const layer of old.json.layers) {
    assertStatus(await under(held, worker.url, slug, 'blobs', layer.digest), 307);
  }

  const renewed = await token(worker.url, [pull(slug)]);
  const reply = await under(renewed, worker.url, slug, 'manifests', 'latest');
  assert.equal(reply.headers['docker-content-digest'], made.digest);
});

test('a version means the same for VERSION_SECONDS, whatever TARGET_SECONDS is', async () => {
  const worker = await here.start(settings);
  const { slug, digest } = await application();
  const name = `${slug}/1.0.0`;
  const held = await token(worker.url, [pull(name)]);
  await sleep(LATER_MS);
  const reply = await under(held, worker.url, name, 'manifests', 'latest');
  assert.equal(reply.headers['docker-content-digest'], digest);
});

for (const [who, options] of Object.entries({ nobody: {}, 'its owner': owner })) {
  test(`a name that was missing is found by ${who} once its release appears`, async () => {
    const worker = await here.start(settings);
    const beside = 'acme/kiosk/1.0.0';
    serial += 1;
    const slug = `acme/meaning-${serial}`;
    const held = await token(worker.url, [slug, beside].map(pull), options);
    const ask = (bearing) => under(bearing, worker.url, slug, 'manifests', 'latest');
    assertError(await ask(held), 403, 'DENIED');
    await control.createApplication({ slug });
    const { images } = await control.createRelease(slug, { semver: '1.0.0' });
    await control.forgetLookups();
    await sleep(LATER_MS);

    assertWantsNewToken(await ask(held), slug);
    assertStatus(await under(held, worker.url, beside, 'manifests', 'latest'), 200);
    const reply = await ask(await token(worker.url, [pull(slug)], options));
    assert.equal(reply.headers['docker-content-digest'], images[0].digest);
  });
}

test('a name whose image is on an unlisted host fails alone, beside names that are granted', async () => {
  const { url } = await here.start(settings);
  for (const bad of ['acme/foreign', 'acme/malformed/1.0.0']) {
    for (const names of [
      ['acme/kiosk', bad],
      [bad, 'acme/kiosk'],
    ]) {
      const held = await token(url, names.map(pull));
      assertStatus(await under(held, url, 'acme/kiosk', 'manifests', 'latest'), 200);
      assertError(await under(held, url, bad, 'manifests', 'latest'), 502, 'UNAVAILABLE');
    }
  }
});

test('the token fails if its only name cannot be resolved, or none of its names is granted', async () => {
  const { url } = await here.start(settings);
  for (const names of [['acme/foreign'], ['acme/foreign', 'acme/nothing']]) {
    const query = names.map((name) => `scope=${pull(name)}`).join('&');
    assertError(await send(url, `/auth/v1/token?${query}`), 502, 'UNAVAILABLE');
  }
});

test('while the API cannot resolve, a token has the kept names, and says 502 of the others', async () => {
  const { url } = await here.start(settings);
  await token(url, [pull('acme/kiosk')]);
  await here.api.fail('503', { only: /^\/v7\// });
  const held = await token(url, ['acme/kiosk', 'balenablocks/legacy'].map(pull));
  assertStatus(await under(held, url, 'acme/kiosk', 'manifests', 'latest'), 200);
  const cold = await under(held, url, 'balenablocks/legacy', 'manifests', 'latest');
  assertError(cold, 502, 'UNAVAILABLE');
});
