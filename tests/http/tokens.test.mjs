// The token endpoint, and which requests a sealed token is good for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwarded, front } from '../support/front.mjs';
import { basic, bearer, pull, send, token } from '../support/http.mjs';
import { assertError, assertStatus, challenge } from '../support/oci.mjs';
import { streaming } from '../support/upstream.mjs';

const NAMES = ['balenablocks/browser/2.3.8', 'acme/kiosk', 'acme/gateway/1.0.0/proxy'];
const here = await front();

const status = async (held, name) =>
  (await send(here.url, `/v2/${name}/manifests/latest`, { headers: bearer(held) })).status;
const statuses = (held, names) => Promise.all(names.map((name) => status(held, name)));
const form = (fields, headers = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  body: new URLSearchParams(fields).toString(),
});
const query = (scopes) => `/auth/v1/token?${new URLSearchParams(scopes.map((s) => ['scope', s]))}`;

test('the answer has the token under both names, when it was issued, and when it expires', async () => {
  const reply = await send(here.url, query([pull(NAMES[0])]));
  assertStatus(reply, 200);
  assert.equal(reply.headers['cache-control'], 'no-store');
  const { token: held, access_token, expires_in, issued_at } = reply.json;
  assert.equal(held, access_token);
  assert.ok(held.length < 6 * 1024);
  // The upstream token lives 4 hours, and must outlive ours by a minute.
  assert.ok(expires_in > 14_400 - 60 - 30 && expires_in <= 14_400 - 60, `${expires_in}`);
  assert.ok(Math.abs(Date.parse(issued_at) - Date.now()) < 30_000, issued_at);
});

test('every form in which clients send scopes is understood', async () => {
  const scopes = NAMES.map(pull);
  const rows = {
    repeated: await send(here.url, query(scopes)),
    'joined by spaces': await send(here.url, query([scopes.join(' ')])),
    'joined and repeated': await send(here.url, query([scopes.slice(0, 2).join(' '), scopes[2]])),
    'named twice': await send(here.url, query([...scopes, ...scopes])),
    'with push': await send(here.url, query(NAMES.map((name) => `repository:${name}:pull,push`))),
    'POST form, joined': await send(
      here.url,
      '/auth/v1/token',
      form([
        ['grant_type', 'password'],
        ['username', 'u'],
        ['password', here.upstream.credentials.owner.apiKey],
        ['scope', scopes.join(' ')],
      ]),
    ),
    'POST form, repeated': await send(
      here.url,
      '/auth/v1/token',
      form([
        ['grant_type', 'refresh_token'],
        ['refresh_token', here.upstream.credentials.owner.sessionToken],
        ...scopes.map((scope) => ['scope', scope]),
      ]),
    ),
    'POST form without a grant type': await send(
      here.url,
      '/auth/v1/token',
      form(scopes.map((scope) => ['scope', scope])),
    ),
  };
  for (const [how, reply] of Object.entries(rows)) {
    assert.equal(reply.status, 200, `${how}: ${reply.text}`);
    assert.deepEqual(await statuses(reply.json.token, NAMES), [200, 200, 200], how);
  }
});

test('one unknown name does not spoil the others', async () => {
  const unknown = 'acme/nothing/1.0.0';
  const held = await token(here.url, [pull(NAMES[0]), pull(unknown), 'out of all grammar']);
  assert.deepEqual(await statuses(held, [NAMES[0], unknown]), [200, 403]);
});

test('a scope with push only grants nothing', async () => {
  const held = await token(here.url, [`repository:${NAMES[0]}:push`]);
  assert.equal(await status(held, NAMES[0]), 401);
});

test('a bad token request is refused before any call', async () => {
  const many = Array.from({ length: 9 }, (_, at) => pull(`acme/app${at}`));
  const rows = [
    [query(many), {}, 400, 'UNSUPPORTED'],
    [query([many.join(' ')]), {}, 400, 'UNSUPPORTED'],
    [query(['nonsense']), {}, 400, 'NAME_INVALID'],
    [query(['repository:Acme/App:pull']), {}, 400, 'NAME_INVALID'],
    [query([`repository:a/${'b'.repeat(300)}:pull`]), {}, 400, 'NAME_INVALID'],
    [query(["repository:a/b' or 1 eq 1:pull"]), {}, 400, 'NAME_INVALID'],
    ['/auth/v1/token', form([['scope', 'x'.repeat(17_000)]]), 400, 'SIZE_INVALID'],
    ['/auth/v1/token', form([['grant_type', 'authorization_code']]), 404, 'UNSUPPORTED'],
    ['/auth/v1/token', form([['grant_type', 'password']]), 401, 'UNAUTHORIZED'],
    [query([pull(NAMES[0])]), { headers: basic('') }, 401, 'UNAUTHORIZED'],
    [query([pull(NAMES[0])]), { headers: { authorization: 'Basic !' } }, 401, 'UNAUTHORIZED'],
    [query([pull(NAMES[0])]), { headers: { authorization: 'Digest x' } }, 401, 'UNAUTHORIZED'],
  ];
  const calls = await forwarded(here.upstream, async () => {
    for (const [path, options, code, word] of rows) {
      assertError(await send(here.url, path, options), code, word);
    }
  });
  assert.deepEqual(calls, []);
});

test('eight names fit into one token, however long they are', async () => {
  const names = Array.from({ length: 8 }, (_, at) => `acme/${String(at).repeat(250)}`);
  const held = await token(here.url, names.map(pull));
  assert.ok(held.length < 6 * 1024, `${held.length}`);
  assert.deepEqual(await statuses(held, names), Array(8).fill(403));
});

test('wrong credentials are refused, for public names and for none', async () => {
  for (const path of [query([pull(NAMES[0])]), query([]), query([pull('acme/nothing')])]) {
    for (const headers of [basic('wrong'), bearer('wrong')]) {
      assertError(await send(here.url, path, { headers }), 401, 'UNAUTHORIZED');
    }
    const fields = [
      ['grant_type', 'password'],
      ['password', 'wrong'],
      ['scope', pull(NAMES[0])],
    ];
    assertError(await send(here.url, '/auth/v1/token', form(fields)), 401, 'UNAUTHORIZED');
  }
});

test('right credentials are accepted as Basic and as Bearer, with any user name', async () => {
  const { apiKey, sessionToken } = here.upstream.credentials.owner;
  const rows = [
    basic(apiKey),
    basic(apiKey, ''),
    basic(sessionToken),
    bearer(apiKey),
    bearer(sessionToken),
  ];
  for (const headers of rows) {
    const held = await token(here.url, [pull('acme/secret')], { headers });
    assert.equal(await status(held, 'acme/secret'), 200);
  }
});

test('only what the Worker builds itself goes upstream', async () => {
  const extra = '&account=me&client_id=docker&offline_token=true&service=evil.example&x=%0d%0a';
  const calls = await forwarded(here.upstream, () =>
    send(here.url, query([pull('balenablocks/browser/2.6.0')]) + extra, {
      headers: { 'x-forwarded-for': '1.2.3.4', cookie: 'a=b', 'cf-connecting-ip': '1.2.3.4' },
    }),
  );
  assert.equal(calls.length, 2);
  for (const { url, headers } of calls) {
    assert.doesNotMatch(url, /account|client_id|offline|evil|x=/);
    assert.equal(headers['x-forwarded-for'], undefined);
    assert.equal(headers.cookie, undefined);
    assert.equal(headers['cf-connecting-ip'], undefined);
  }
});

test('a changed token, or one of another secret or registry, is refused', async () => {
  const name = NAMES[0];
  const held = await token(here.url, [pull(name)]);
  const foreign = await here.start({ TOKEN_SECRET: 'another secret, also longer than 32 bytes' });
  const elsewhere = await here.start(streaming(here.upstream));
  const flip = (at) => held.slice(0, at) + (held[at] === 'A' ? 'B' : 'A') + held.slice(at + 1);
  const worthless = [
    ...[0, 20, 40, Math.floor(held.length / 2), held.length - 2].map(flip),
    held.slice(0, -4),
    `${held}AAAA`,
    'x'.repeat(10_000),
    'not-a-token',
    await token(foreign.url, [pull(name)]),
    await token(elsewhere.url, [pull(name)]),
  ];
  const calls = await forwarded(here.upstream, async () => {
    for (const value of worthless) {
      for (const path of ['/v2/', `/v2/${name}/manifests/latest`]) {
        const reply = await send(here.url, path, { headers: bearer(value) });
        assertError(reply, 401, 'UNAUTHORIZED');
        assert.equal(challenge(reply).error, 'invalid_token');
      }
    }
  });
  assert.deepEqual(calls, []);
});

test('while the secret is rotated, tokens under the previous one are accepted', async () => {
  const before = await token(here.url, [pull(NAMES[0])]);
  const secret = 'the secret that comes after it, of 32 bytes or more';
  const { TEST_SECRET } = await import('../support/workerd.mjs');
  const rotated = await here.start({ TOKEN_SECRET: secret, TOKEN_SECRET_PREVIOUS: TEST_SECRET });
  const path = `/v2/${NAMES[0]}/manifests/latest`;
  assert.equal((await send(rotated.url, path, { headers: bearer(before) })).status, 200);
});
