// How many calls to the API somebody without a credential can cause.

import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench, resolutions } from '../support/bench.mjs';
import { bearer, pull, send } from '../support/http.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { startWrangler } from '../support/wrangler.mjs';

const EIGHT = Array.from({ length: 8 }, (_, at) => `nobody/app-${at}`);
const UNLIMITED = 30;
const LIMIT = 3;
const MINUTE_MS = 60_000;
const here = await bench();
const owner = bearer(here.upstream.credentials.owner.apiKey);

const ask = ({ url }, names, headers = {}) =>
  send(url, `/auth/v1/token?${names.map((name) => `scope=${pull(name)}`).join('&')}`, { headers });

/** How many times the API is asked for releases while `work` runs. */
async function callsDuring(work) {
  const before = here.api.requests().length;
  await work();
  return resolutions(here.api.requests().slice(before)).length;
}

test('eight unknown names make two calls, and none while they are known to be missing', async () => {
  for (const headers of [{}, owner]) {
    const worker = await here.start();
    for (const calls of [2, 0, 0]) {
      const made = await callsDuring(async () =>
        assertStatus(await ask(worker, EIGHT, headers), 200),
      );
      assert.equal(made, calls);
    }
  }
});

test('an API that answers 503 gets two calls for eight unknown names, and then one for each request', async () => {
  const worker = await here.start();
  await here.api.fail('503');
  for (const calls of [2, 1, 1, 1]) {
    const made = await callsDuring(async () =>
      assertError(await ask(worker, EIGHT), 502, 'UNAVAILABLE'),
    );
    assert.equal(made, calls);
  }
});

test('without a rate limit, nobody is limited', async () => {
  const worker = await here.start();
  for (let at = 0; at < UNLIMITED; at += 1) {
    const headers = { 'cf-connecting-ip': '203.0.113.7' };
    assertStatus(await ask(worker, [`nobody/unlimited-${at}`], headers), 200);
  }
});

// The limit of the platform's own simulation, which is the same for a minute of the clock.
describe('with a rate limit of the platform', () => {
  const more = `
[[ratelimits]]
name = "API_LIMIT"
namespace_id = "1001"
simple = { limit = ${LIMIT}, period = 60 }
`;
  const from = (client) => ({ 'cf-connecting-ip': `203.0.113.${client}` });
  let serial = 0;
  const unknown = () => {
    serial += 1;
    return `nobody/limited-${serial}`;
  };
  let worker;
  after(() => worker?.stop());

  // A test must not begin in one minute of the clock and end in the next.
  beforeEach(async () => {
    const left = MINUTE_MS - (Date.now() % MINUTE_MS);
    if (left < MINUTE_MS / 2) await sleep(left);
  });

  /** Asks for as many unknown names as the limit permits, and answers them. */
  async function exhaust(client) {
    const names = Array.from({ length: LIMIT }, unknown);
    for (const name of names) assertStatus(await ask(worker, [name], from(client)), 200);
    return names;
  }

  test('a client without a credential gets 429 with a time to wait, and causes no call', async () => {
    worker = await startWrangler(here.settings, { more });
    await exhaust(1);
    const calls = await callsDuring(async () => {
      const reply = await ask(worker, [unknown()], from(1));
      assertError(reply, 429, 'TOOMANYREQUESTS');
      assert.match(reply.headers['retry-after'], /^\d+$/);
    });
    assert.equal(calls, 0);
  });

  test('a limited client still gets what is known: misses and releases', async () => {
    const known = 'acme/kiosk/1.0.0';
    assertStatus(await ask(worker, [known], from(2)), 200);
    const names = await exhaust(3);
    const calls = await callsDuring(async () => {
      assertStatus(await ask(worker, names, from(3)), 200);
      assertStatus(await ask(worker, [known], from(3)), 200);
    });
    assert.equal(calls, 0);
  });

  test('another client is not limited, nor is one whose credential was accepted', async () => {
    assertStatus(await ask(worker, [unknown()], { ...from(6), ...owner }), 200);
    await exhaust(4);
    assertStatus(await ask(worker, [unknown()], from(5)), 200);
    for (let times = 0; times <= 2 * LIMIT; times += 1) {
      assertStatus(await ask(worker, [unknown()], { ...from(4), ...owner }), 200);
    }
  });
});
