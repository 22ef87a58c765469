// Who may do what with hosted images, and what the others are told.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hosting } from '../support/hosting.mjs';
import { basic, bearer, send } from '../support/http.mjs';
import { assertError, challenge } from '../support/oci.mjs';
import {
  client as asClient,
  owner as asOwner,
  digestOf,
  expect,
  manifestOf,
  registry,
} from '../support/registry.mjs';

const RIGHTS_SECONDS = 2;
const { url, api, account, client } = await hosting({ RIGHTS_SECONDS: `${RIGHTS_SECONDS}` });
const mine = await account();
const other = await account();
let serial = 0;

/** A private image that was never pushed elsewhere. */
async function image(repository = `r${++serial}`, who = mine) {
  const name = `${who.account}/${repository}`;
  const layer = randomBytes(300);
  const text = await registry(url, name, asOwner(who)).pushImage('v1', [layer]);
  return { name, repository, layer, text, digest: digestOf(text) };
}

const as = (name, who) => registry(url, name, who);
const publish = (repository, value = true, who = mine) =>
  api('PUT', `/accounts/${who.account}/repositories/${repository}`, { public: value }, who.key);

/** What a reply says, without what differs from request to request. */
function said({ status, headers, text }, ...names) {
  const { date: _, 'x-request-id': __, 'server-timing': ___, ...rest } = headers;
  const shown = JSON.stringify([status, rest, text]);
  return names.reduce((told, name) => told.replaceAll(name, 'NAME'), shown);
}

const READS = [
  ['GET', 'manifests/v1'],
  ['HEAD', 'manifests/v1'],
  ['GET', (it) => `manifests/${it.digest}`],
  ['GET', (it) => `blobs/${digestOf(it.layer)}`],
  ['HEAD', (it) => `blobs/${digestOf(it.layer)}`],
  ['GET', 'tags/list'],
  ['GET', (it) => `referrers/${it.digest}`],
];
const WRITES = [
  ['POST', 'blobs/uploads/'],
  ['POST', (it) => `blobs/uploads/?mount=${digestOf(it.layer)}`],
  ['PUT', 'manifests/v2'],
  ['PATCH', 'blobs/uploads/x'],
  ['PUT', 'blobs/uploads/x'],
  ['DELETE', 'blobs/uploads/x'],
  ['DELETE', 'manifests/v1'],
  ['DELETE', (it) => `manifests/${it.digest}`],
  ['DELETE', (it) => `blobs/${digestOf(it.layer)}`],
];
const at = (path, it) => (typeof path === 'string' ? path : path(it));

describe('a private image and one that does not exist', () => {
  const callers = {
    'nobody in particular': async () => undefined,
    'the owner of another account': async () => asOwner(other),
    'a client of the account for another repository': async () =>
      asClient(await client(mine, { another: ['pull', 'push', 'delete'] })),
    'a client whose name is longer than the repository': async () =>
      asClient(await client(mine, { myapp2: ['pull', 'push', 'delete'] })),
  };
  for (const [who, login] of Object.entries(callers)) {
    test(`are told alike to ${who}`, async () => {
      const it = await image('myapp');
      const caller = await login();
      // As long as the other name: lengths of answers are compared.
      const nothing = `${mine.account}/${`n${++serial}`.padEnd(5, '0')}`;
      const [there, nowhere] = [as(it.name, caller), as(nothing, caller)];
      for (const [method, path] of [...READS, ...WRITES]) {
        const replies = [];
        for (const one of [there, nowhere]) replies.push(await one.ask(method, at(path, it)));
        const [a, b] = replies;
        assert.equal(said(a, it.name), said(b, nothing), `${method} ${at(path, it)}`);
        const isRead = READS.some((one) => one[0] === method && one[1] === path);
        // A digest is 404, because clients ask for digests before they push.
        const ofRead = at(path, it).includes(':') ? 404 : 403;
        assert.equal(a.status, isRead ? ofRead : 401, `${method} ${at(path, it)}: ${a.text}`);
      }
      assert.equal((await as(it.name, asOwner(mine)).get('manifests/v1')).text, it.text);
    });
  }
});

describe('a caller that may not push', () => {
  test('gets 401 with a message, and a challenge without error', async () => {
    const it = await image();
    const puller = asClient(await client(mine, { [it.repository]: ['pull'] }));
    const refused = await as(it.name, puller).start();
    assert.match(assertError(refused, 401, 'UNAUTHORIZED'), /you may not push to/);
    assert.ok(refused.text.includes(it.name));
    const { realm, service, scope, error } = challenge(refused);
    assert.equal(realm, `${url}/auth/v1/token`);
    assert.equal(service, new URL(url).host);
    assert.equal(scope, `repository:${it.name}:pull,push`);
    assert.equal(error, undefined);
  });
});

describe('a token', () => {
  test('carries all rights to its names, and none to others', async () => {
    const it = await image();
    const scope = encodeURIComponent(`repository:${it.name}:pull`);
    const path = `/auth/v1/token?service=x&scope=${scope}`;
    const { json } = await send(url, path, { headers: basic(mine.key, 'KEY') });
    assert.ok(json.expires_in > 3500 && json.expires_in <= 3600, `${json.expires_in}`);
    const headers = { ...bearer(json.token), 'content-length': '0' };
    const start = (name) => send(url, `/v2/${name}/blobs/uploads/`, { method: 'POST', headers });
    assert.equal((await start(it.name)).status, 202);
    const no = await start(`${mine.account}/never-asked`);
    assert.equal(no.status, 401);
    assert.equal(challenge(no).error, 'insufficient_scope');
  });

  test('is for several names at once, each judged by itself', async () => {
    const [a, b] = [await image(), await image(undefined, other)];
    const scopes = [a, b].map(({ name }) => `scope=repository:${name}:pull,push`).join('&');
    const path = `/auth/v1/token?service=x&${scopes}`;
    const { json } = await send(url, path, { headers: basic(mine.key, 'KEY') });
    const get = ({ name }) =>
      send(url, `/v2/${name}/manifests/v1`, { headers: bearer(json.token) });
    assert.deepEqual([(await get(a)).status, (await get(b)).status], [200, 403]);
  });

  test('is needed, and a request without one is told where to get it', async () => {
    const it = await image();
    for (const [method, path, scope] of [
      ['GET', 'manifests/v1', 'pull'],
      ['POST', 'blobs/uploads/', 'pull,push'],
      ['DELETE', 'manifests/v1', 'pull,push,delete'],
    ]) {
      for (const headers of [{}, basic(mine.key, 'KEY'), bearer('nonsense')]) {
        const reply = await send(url, `/v2/${it.name}/${path}`, { method, headers });
        assertError(reply, 401, 'UNAUTHORIZED');
        assert.equal(challenge(reply).scope, `repository:${it.name}:${scope}`);
      }
    }
  });
});

describe('an access key', () => {
  test('serves as a Bearer value by itself, on every path', async () => {
    const it = await image();
    const headers = bearer(mine.key);
    const ask = (method, path, more) =>
      send(url, `/v2/${it.name}/${path}`, { method, headers: { ...headers, ...more } });
    assert.equal((await send(url, '/v2/', { headers })).status, 200);
    for (const [method, path] of READS) {
      assert.equal((await ask(method, at(path, it))).status, 200, path);
    }
    assert.equal((await ask('POST', 'blobs/uploads/', { 'content-length': '0' })).status, 202);
    assert.equal((await ask('DELETE', 'manifests/v1')).status, 202);
    const theirs = await image(undefined, other);
    const no = await send(url, `/v2/${theirs.name}/manifests/v1`, { headers });
    assert.equal(no.status, 403);
  });

  test('that is mistyped or unknown is refused, and which of them it is is told', async () => {
    const it = await image();
    const last = mine.key.at(-1) === 'A' ? 'B' : 'A';
    const typo = `${mine.key.slice(0, -1)}${last}`;
    const path = `/accounts/${mine.account}/keys`;
    const made = await api('POST', path, { name: 'x' }, mine.key);
    await api('DELETE', `${path}/${made.json.id}`, undefined, mine.key);
    for (const [secret, words] of [
      [typo, /mistyped/],
      [made.json.key, /does not exist, or was revoked/],
    ]) {
      const token = await send(url, '/auth/v1/token?service=x', { headers: basic(secret, 'KEY') });
      assert.match(assertError(token, 401, 'UNAUTHORIZED'), words);
      const direct = await send(url, `/v2/${it.name}/tags/list`, { headers: bearer(secret) });
      assert.match(assertError(direct, 401, 'UNAUTHORIZED'), words);
    }
  });
});

describe('a right that is withdrawn ends within the bound', () => {
  const bound = () => sleep(RIGHTS_SECONDS * 1000 + 100);

  test('where a client is revoked, and nothing more is committed at once', async () => {
    const it = await image();
    const made = await client(mine, { [it.repository]: ['pull', 'push'] });
    const here = as(it.name, asClient(made));
    expect(await here.get('manifests/v1'), 200);
    const { location } = expect(await here.start(), 202).headers;
    const path = `/accounts/${mine.account}/clients/${made.id}`;
    assert.equal((await api('DELETE', path, undefined, mine.key)).status, 204);
    const put = await here.ask('PUT', `${location}?digest=${digestOf('x')}`, {
      headers: { 'content-length': '1' },
      body: 'x',
    });
    assertError(put, 401, 'UNAUTHORIZED');
    assertError(await here.pushManifest('v2', manifestOf([])), 401, 'UNAUTHORIZED');
    await bound();
    assertError(await here.get('manifests/v1'), 403, 'DENIED');
  });

  test('where a client loses a grant, and gains another at once', async () => {
    const [a, b] = [await image(), await image()];
    const made = await client(mine, { [a.repository]: ['pull'] });
    const [here, there] = [a, b].map(({ name }) => as(name, asClient(made)));
    assert.equal((await here.get('manifests/v1')).status, 200);
    assert.equal((await there.get('manifests/v1')).status, 403);
    const path = `/accounts/${mine.account}/clients/${made.id}`;
    const grants = [{ repository: b.repository, actions: ['pull'] }];
    await api('PUT', path, { grants }, mine.key);
    assert.equal((await there.get('manifests/v1')).status, 200);
    await bound();
    assert.equal((await here.get('manifests/v1')).status, 403);
  });

  test('where a client expires', async () => {
    const it = await image();
    const expires = new Date(Date.now() + 3000).toISOString();
    const made = await client(mine, { '*': ['pull'] }, { expires });
    const here = as(it.name, asClient(made));
    assert.equal((await here.get('manifests/v1')).status, 200);
    await sleep(3000);
    await bound();
    assert.notEqual((await here.get('manifests/v1')).status, 200);
    const path = '/auth/v1/token?service=x';
    const token = await send(url, path, { headers: basic(made.secret, made.id) });
    assert.match(assertError(token, 401, 'UNAUTHORIZED'), /expired/);
  });

  test('where a repository is made private, and public at once', async () => {
    const it = await image();
    const guest = as(it.name);
    assert.equal((await guest.get('manifests/v1')).status, 403);
    await publish(it.repository);
    assert.equal((await guest.get('manifests/v1')).status, 200);
    await publish(it.repository, false);
    await bound();
    assert.equal((await guest.get('manifests/v1')).status, 403);
  });
});

describe('what is public', () => {
  test('is read by anybody, and written by nobody else', async () => {
    const it = await image();
    await publish(it.repository);
    for (const login of [undefined, asOwner(other)]) {
      const here = as(it.name, login);
      for (const [method, path] of READS) {
        assert.equal((await here.ask(method, at(path, it))).status, 200, path);
      }
      for (const [method, path] of WRITES) {
        assertError(await here.ask(method, at(path, it)), 401, 'UNAUTHORIZED');
      }
    }
  });
});

describe('a name that cannot be', () => {
  for (const [what, path, status, code] of [
    ['an account alone', () => `/v2/${mine.account}/manifests/v1`, 400, 'NAME_INVALID'],
    ['upper case', () => `/v2/${mine.account}/App/manifests/v1`, 400, 'NAME_INVALID'],
    [
      'a digest that is none',
      () => `/v2/${mine.account}/app/blobs/sha256:x`,
      400,
      'DIGEST_INVALID',
    ],
  ]) {
    test(`is refused: ${what}`, async () => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        assertError(await send(url, path(), { method, headers: bearer(mine.key) }), status, code);
      }
    });
  }

  test('has the methods that it has', async () => {
    const it = await image();
    for (const [method, path, allow] of [
      ['POST', 'manifests/v1', 'GET, HEAD, PUT, DELETE'],
      ['PUT', 'tags/list', 'GET, HEAD'],
      ['GET', 'blobs/uploads/', 'POST'],
      ['POST', `blobs/${it.digest}`, 'GET, HEAD, DELETE'],
    ]) {
      const reply = await send(url, `/v2/${it.name}/${path}`, {
        method,
        headers: bearer(mine.key),
      });
      assertError(reply, 405, 'UNSUPPORTED');
      assert.equal(reply.headers.allow, allow);
    }
  });
});
