// What a client gets when upstream fails. It never says what went wrong inside.

import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import '../support/failed-test.mjs';
import {
  faults,
  grant,
  jwt,
  LOCATION,
  release,
  startFakeUpstream,
} from '../support/fake-upstream.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { assertError, assertStatus, challenge } from '../support/oci.mjs';
import { startWorkerd } from '../support/workerd.mjs';

const upstream = await startFakeUpstream();
const running = [];
after(() => Promise.all([upstream, ...running].map((one) => one.stop())));
beforeEach(() => upstream.heal());
const worker = await start();

async function start() {
  const started = await startWorkerd({ ...upstream.settings, UPSTREAM_DEADLINE_MS: '500' });
  running.push(started);
  return started;
}

let serial = 0;
// A new name, for which nothing is kept.
const fresh = () => `acme/app${serial++}`;
const ask = (name, { url } = worker) => send(url, `/auth/v1/token?scope=${pull(name)}`);
const DIGEST = `sha256:${'0'.repeat(64)}`;
const PATHS = { release: '/v7/', token: '/auth/' };
const seenBy = (part) => upstream.seen.filter(({ url }) => url.startsWith(PATHS[part])).length;

const BROKEN = {
  'answers 500': faults.status(500),
  'answers 503': faults.status(503),
  'answers 400': faults.status(400),
  // The caller has no credential that the API could refuse.
  'answers 401': faults.status(401),
  'answers 403': faults.status(403),
  redirects: faults.status(302, { location: 'http://evil.example/' }),
  'breaks off': faults.breakOff(),
  'truncates its answer': faults.truncated(),
  'answers with text': faults.text('<html>'),
  'answers with nothing': faults.text(''),
  'answers with another shape': faults.json({ d: {}, token: 1 }),
  'answers with too much': faults.text(`{"d":[],"x":"${'x'.repeat(2 << 20)}"}`),
};

for (const part of ['release', 'token']) {
  for (const [how, answer] of Object.entries(BROKEN)) {
    test(`the API ${how} to the ${part} call: a bad gateway`, async () => {
      upstream.answers[part] = answer;
      const reply = await ask(fresh());
      assertError(reply, 502, 'UNAVAILABLE');
      assert.doesNotMatch(reply.text, /secret|evil|127\.0\.0\.1|v7|JSON/);
    });
  }

  test(`the API hangs at the ${part} call: a timeout, at the deadline`, async () => {
    upstream.answers[part] = faults.hang();
    assertError(await ask(fresh()), 504, 'UNAVAILABLE');
  });

  test(`the API answers 429 to the ${part} call: 429 for the client, and no call until then`, async () => {
    const spared = await start();
    upstream.answers[part] = faults.status(429, { 'retry-after': '600' });
    const reply = await ask(fresh(), spared);
    assertError(reply, 429, 'TOOMANYREQUESTS');
    assert.equal(reply.headers['retry-after'], '600');

    upstream.heal();
    const before = seenBy(part);
    const next = await ask(fresh(), spared);
    assertError(next, 429, 'TOOMANYREQUESTS');
    assert.match(next.headers['retry-after'], /^(600|5\d\d)$/);
    assert.equal(seenBy(part), before);
  });

  test(`the API answers 429 to the ${part} call without a time: the client is told one`, async () => {
    upstream.answers[part] = faults.status(429, { 'retry-after': 'soon' });
    assert.match((await ask(fresh(), await start())).headers['retry-after'], /^\d+$/);
  });
}

test('a location that is not on the registry is never asked for', async () => {
  const host = new URL(upstream.url).host;
  const rows = [
    'evil.example/v2/abc',
    `${host}.evil.example/v2/abc`,
    `${host}@evil.example/v2/abc`,
    `${host}/v2/abc/../def`,
    `${host}/v2/ABC`,
    `${host}/v2/`,
    `${host}/v1/abc`,
    `https://${host}/v2/abc`,
    '',
    null,
  ];
  for (const location of rows) {
    upstream.answers.release = faults.json({ d: [release(location)] });
    const before = upstream.seen.length;
    assertError(await ask(fresh()), 502, 'UNAVAILABLE');
    assert.equal(upstream.seen.length, before + 1, String(location));
  }
});

test('a grant exists only if the upstream token names the location with pull', async () => {
  const rows = [
    [],
    [grant('v2/other')],
    [grant(LOCATION, [])],
    [grant(LOCATION, ['push'])],
    [{ ...grant(LOCATION), type: 'registry' }],
  ];
  for (const access of rows) {
    upstream.answers.token = faults.json({ token: jwt({ access }) });
    const name = fresh();
    const held = await token(worker.url, [pull(name)]);
    const reply = await send(worker.url, `/v2/${name}/manifests/latest`, { headers: bearer(held) });
    assertError(reply, 403, 'DENIED');
  }
});

test('a resolution is dropped when the upstream token does not allow its location', async () => {
  const name = fresh();
  const calls = () => seenBy('release');
  const began = calls();
  await ask(name);
  await ask(name);
  assert.equal(calls(), began + 1);
  upstream.answers.token = faults.json({ token: jwt({ access: [] }) });
  await ask(name);
  await sleep(50);
  upstream.heal();
  await ask(name);
  assert.equal(calls(), began + 2);
});

test('an upstream token that is not a JWT, or has expired, is a bad gateway', async () => {
  const rows = ['x', 'a.b.c', '..', 'a.e30.c', jwt({ secondsLeft: 30 }), `${jwt({})}\n`];
  for (const value of rows) {
    upstream.answers.token = faults.json({ token: value });
    assertError(await ask(fresh()), 502, 'UNAVAILABLE');
  }
});

test('a sealed token ends a minute before the upstream token does', async () => {
  upstream.answers.token = faults.json({ token: jwt({ secondsLeft: 62 }) });
  const name = fresh();
  const reply = await ask(name);
  assert.ok(reply.json.expires_in <= 2);
  const path = `/v2/${name}/blobs/${DIGEST}`;
  const headers = bearer(reply.json.token);
  assertError(await send(worker.url, path, { headers }), 404, 'BLOB_UNKNOWN');
  await sleep(2500);
  const late = await send(worker.url, path, { headers });
  assertError(late, 401, 'UNAUTHORIZED');
  assert.equal(challenge(late).error, 'invalid_token');
});

const REGISTRY = {
  'refuses the token': [
    faults.status(401, { 'www-authenticate': 'Bearer realm="x",error="invalid_token"' }),
    401,
    'UNAUTHORIZED',
  ],
  'refuses without a reason': [faults.status(401), 401, 'UNAUTHORIZED'],
  'finds the scope too small': [
    faults.status(401, {
      'www-authenticate':
        'Bearer realm="x",scope="repository:v2/a:pull",error="insufficient_scope"',
    }),
    403,
    'DENIED',
  ],
  forbids: [faults.status(403), 403, 'DENIED'],
  'answers 500': [faults.status(500), 502, 'UNAVAILABLE'],
  'breaks off': [faults.breakOff(), 502, 'UNAVAILABLE'],
  hangs: [faults.hang(), 504, 'UNAVAILABLE'],
};

for (const [how, [answer, status, code]] of Object.entries(REGISTRY)) {
  test(`the registry ${how}: ${status} ${code}`, async () => {
    const name = fresh();
    const held = await token(worker.url, [pull(name)]);
    upstream.answers.registry = answer;
    for (const end of ['manifests/latest', `blobs/${DIGEST}`]) {
      const reply = await send(worker.url, `/v2/${name}/${end}`, { headers: bearer(held) });
      const isDenied = status === 403 && end.includes(':');
      assertError(reply, ...(isDenied ? [404, 'NAME_UNKNOWN'] : [status, code]));
      assert.doesNotMatch(reply.text, /secret|v2\/0/);
      if (status === 401) {
        assert.equal(challenge(reply).error, 'invalid_token');
        assert.equal(challenge(reply).scope, pull(name));
      }
    }
  });
}

test('the registry asks for fewer requests: 429 for manifests and blobs, after one call', async () => {
  const spared = await start();
  const name = fresh();
  const headers = bearer(await token(spared.url, [pull(name)]));
  upstream.answers.registry = faults.status(429, { 'retry-after': '600' });
  const before = upstream.seen.length;
  for (const end of ['manifests/latest', `blobs/${DIGEST}`, `manifests/${DIGEST}`]) {
    const reply = await send(spared.url, `/v2/${name}/${end}`, { headers });
    assertError(reply, 429, 'TOOMANYREQUESTS');
    assert.match(reply.headers['retry-after'], /^(600|5\d\d)$/);
  }
  assert.equal(upstream.seen.length, before + 1);
});

test('a redirect that would get the token, or that leads nowhere, is not relayed', async () => {
  const { host, port } = new URL(worker.url);
  // The client uses the name localhost, because an IP address has no sub-domains.
  const named = `localhost:${port}`;
  const rows = [
    [named, undefined],
    [named, '/relative'],
    [named, '//evil.example/x'],
    [named, 'ftp://storage.example/x'],
    [named, 'javascript:alert(1)'],
    [named, `${upstream.url}/v2/x`],
    [named, 'http://user:password@storage.example/x'],
    [named, `http://sub.localhost:${port}/x`],
    [named, `http://${named}/x`],
    [host, `http://${host}/x`],
  ];
  const name = fresh();
  const held = await token(worker.url, [pull(name)]);
  const ask = (as) =>
    send(worker.url, `/v2/${name}/blobs/${DIGEST}`, { headers: { ...bearer(held), host: as } });
  for (const [as, location] of rows) {
    upstream.answers.registry = faults.status(307, location === undefined ? {} : { location });
    const reply = await ask(as);
    assertError(reply, 502, 'UNAVAILABLE');
    assert.equal(reply.headers.location, undefined);
  }
  const signed = 'https://storage.example/a%2Fb?X-Amz-Signature=a%20b&x=%e4';
  upstream.answers.registry = faults.status(307, { location: signed });
  const reply = await ask(named);
  assertStatus(reply, 307);
  assert.equal(reply.headers.location, signed);
});

test('a redirected manifest is a bad gateway', async () => {
  const name = fresh();
  const held = await token(worker.url, [pull(name)]);
  upstream.answers.registry = faults.status(307, { location: 'https://storage.example/x' });
  const reply = await send(worker.url, `/v2/${name}/manifests/latest`, { headers: bearer(held) });
  assertError(reply, 502, 'UNAVAILABLE');
});

test('every failure is in the log, under the request id that the client got', async () => {
  upstream.answers.release = faults.status(500);
  const reply = await ask(fresh());
  await sleep(100);
  const line = worker
    .output()
    .split('\n')
    .find((text) => text.includes(reply.headers['x-request-id']));
  assert.match(JSON.parse(line).problem, /500/);
});
