// Redirects that are kept at the edge: only for as long as storage will surely serve them.

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { changing } from '../support/changing.mjs';
import { follow, granted } from '../support/location.mjs';
import { logLine } from '../support/log.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { presign } from '../support/presign.mjs';
import { costOf } from '../support/pulling.mjs';

const POLL_MS = 150;
const registry = changing();
const here = await bench({ well: { registry: registry.well } });
beforeEach(() => registry.to());
const { credentials, seed, storage } = here.upstream;
const name = 'acme/kiosk';
const [layer] = seed.releases.find(({ slug }) => slug === name).platforms[0].layers;
const cold = () => here.start({}, { kv: undefined, cache: undefined });

// Has the registry redirect to another URL, which `change` makes from the one that it signed.
const redirectTo = (change) =>
  registry.to(({ headers: { location, ...headers }, ...rest }, { method }) => {
    const moved = location === undefined ? {} : { location: change(location, method) };
    return { ...rest, headers: { ...headers, ...moved } };
  });
const ago = (seconds) => new Date(Date.now() - seconds * 1000);
const signedFor = (seconds, age = 0) =>
  redirectTo((url, method) =>
    presign(url, credentials.storage, { method, seconds, date: ago(age) }),
  );

const secondsLeft = ({ headers }) => {
  const { searchParams } = new URL(headers.location);
  const [, ...parts] = /^(.{4})(..)(..T..)(..)(..Z)$/.exec(searchParams.get('X-Amz-Date'));
  const [year, month, day, minute, second] = parts;
  const signed = Date.parse(`${year}-${month}-${day}:${minute}:${second}`);
  return (signed - Date.now()) / 1000 + Number(searchParams.get('X-Amz-Expires'));
};

test('a redirect is reused for the same method, and storage serves it', async () => {
  const { blob } = await granted(await cold(), name);
  const locations = [];
  const cost = await costOf(here, async () => {
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD']) {
      const reply = await blob(layer.digest, { method });
      assert.equal((await follow(reply, method)).status, 200);
      locations.push(reply.headers.location);
    }
  });
  assert.equal(cost.length, 2, cost.join('\n'));
  assert.deepEqual(locations.slice(2), locations.slice(0, 2));
  assert.notEqual(locations[0], locations[1]);
});

describe('a redirect that storage serves for 62 s', () => {
  for (const [since, seconds, age] of [
    ['now', 62, 0],
    ['ten minutes ago', 662, 600],
  ]) {
    test(`signed ${since}: is reused for two seconds, and storage serves it all that time`, async () => {
      signedFor(seconds, age);
      const [first, second] = [await here.start(), await here.start()];
      const blobs = [await granted(first, name), await granted(second, name)];
      const seen = new Set();
      const began = Date.now();
      let asked = 0;
      while (Date.now() - began < 4500) {
        for (const { blob } of blobs) {
          const reply = await blob(layer.digest);
          asked += 1;
          seen.add(reply.headers.location);
          // X-Amz-Date has whole seconds, so up to a second is missing.
          assert.ok(secondsLeft(reply) > 59.5, `${secondsLeft(reply)} s left`);
          assert.deepEqual(await follow(reply), { status: 200, digest: layer.digest });
        }
        await sleep(POLL_MS);
      }
      assert.ok(seen.size >= 2, `${seen.size} redirects in 4.5 s`);
      assert.ok(asked > seen.size * 2, `${seen.size} redirects for ${asked} requests`);
    });
  }
});

const query = (url, change) => {
  const changed = new URL(url);
  change(changed.searchParams);
  return changed.href;
};
const UNSURE = {
  'for 30 s': () => signedFor(30),
  'for 60 s': () => signedFor(60),
  'long ago': () => signedFor(1200, 1150),
  'and has expired': () => signedFor(1200, 3600),
  'without a date': () => redirectTo((url) => query(url, (it) => it.delete('X-Amz-Date'))),
  'without an expiry': () => redirectTo((url) => query(url, (it) => it.delete('X-Amz-Expires'))),
  'with two expiries': () => redirectTo((url) => `${url}&X-Amz-Expires=1200`),
  'at a bad date': () => redirectTo((url) => query(url, (it) => it.set('X-Amz-Date', '20261340T'))),
  'for a bad number': () => redirectTo((url) => query(url, (it) => it.set('X-Amz-Expires', '1e9'))),
  'by a temporary credential': () => redirectTo((url) => `${url}&X-Amz-Security-Token=x`),
  'not at all': () => redirectTo((url) => url.split('?')[0]),
};

for (const [how, sign] of Object.entries(UNSURE)) {
  test(`a redirect that is signed ${how} is never reused`, async () => {
    sign();
    const worker = await cold();
    const { blob } = await granted(worker, name);
    for (let times = 0; times < 3; times += 1) {
      const reply = await blob(layer.digest);
      assertStatus(reply, 307);
      assert.equal((await logLine(worker, reply)).content, 'registry');
    }
  });
}

test('a kept redirect is not given to a client that came by the host it leads to', async () => {
  const { blob } = await granted(await cold(), name);
  assert.equal((await blob(layer.digest)).status, 307);
  const reply = await blob(layer.digest, { headers: { host: new URL(storage.url).host } });
  assertError(reply, 502, 'UNAVAILABLE');
  assert.equal(reply.headers.location, undefined);
});
