// The management API: who may use it, and accounts.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hosting } from '../support/hosting.mjs';
import { logLine } from '../support/log.mjs';
import { assertError, assertField } from '../support/oci.mjs';

const { api, account, client, worker } = await hosting();
const NO_KEY = 'key-abcde';
const NO_CLIENT = 'cli-abcde';
let serial = 0;
/** The name of an account that was never made. */
const unused = () => `acc-unused${++serial}`;

describe('the management API', () => {
  test('wants a secret of bhcr as a Bearer value', async () => {
    const { account: name, key } = await account();
    const path = `/accounts/${name}`;
    const last = key.at(-1) === 'A' ? 'B' : 'A';
    const secrets = [null, 'nonsense', `${key.slice(0, -1)}${last}`, `bha_${'x'.repeat(32)}`];
    for (const secret of secrets) {
      const reply = await api('GET', path, undefined, secret);
      assertError(reply, 401, 'UNAUTHORIZED');
      assert.match(reply.headers['www-authenticate'], /^Bearer realm=/);
    }
    const { secret } = await client({ account: name, key }, { '*': ['pull', 'push', 'delete'] });
    assert.ok([401, 403].includes((await api('GET', path, undefined, secret)).status));
  });

  test('shows an owner their own account alone, whether another exists or not', async () => {
    const [mine, other] = [await account(), await account()];
    const ask = (name) => api('GET', `/accounts/${name}/keys`, undefined, mine.key);
    assert.equal((await ask(mine.account)).status, 200);
    const [there, nowhere] = [await ask(other.account), await ask(unused())];
    assertError(there, 403, 'DENIED');
    assert.deepEqual([there.status, there.text], [nowhere.status, nowhere.text]);
    for (const [method, body] of [['GET'], ['POST', { name: 'x' }]]) {
      assertError(await api(method, '/accounts', body, mine.key), 403, 'DENIED');
    }
  });

  test('describes itself to everybody', async () => {
    const reply = await api('GET', '/openapi.json', undefined, null);
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'application/json');
    assert.match(reply.json.openapi, /^3\.1/);
  });

  test('answers 404 to a path that it does not have, 405 to a method', async () => {
    assert.equal((await api('GET', '/accounts/acc-x1y2z/nothing')).status, 404);
    assert.equal((await api('GET', '')).status, 404);
    const method = await api('PATCH', '/accounts');
    assert.equal(method.status, 405);
    assert.equal(method.headers.allow, 'GET, POST');
    assertField(await api('PUT', '/accounts/acc-x1y2z/repositories/Bad', {}), 400, 'repository');
    assertField(await api('GET', '/accounts/none'), 400, 'account');
  });

  test('writes each change to the log, with who did it and without a secret', async () => {
    const { account: name, key } = await account();
    const reply = await api('POST', `/accounts/${name}/keys`, { name: 'ci' }, key);
    const line = await logLine(worker, reply);
    assert.equal(line.route, 'create key');
    assert.equal(line.name, name);
    assert.match(line.by, /^key-/);
    const asOperator = await api('POST', `/accounts/${name}/keys`, { name: 'ci' });
    assert.equal((await logLine(worker, asOperator)).by, 'operator');
    for (const secret of [key, reply.json.key]) assert.ok(!worker.output().includes(secret));
  });
});

describe('an account', () => {
  test('is made with a name of its own or one that was asked for, and a first key', async () => {
    const made = await api('POST', '/accounts', { name: 'Example Ltd' });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(Object.keys(made.json).sort(), ['account', 'key']);
    assert.match(made.json.account, /^acc-[a-z0-9]{5,12}$/);
    assert.match(made.json.key, /^bhk_[\w-]{48}$/);
    assert.equal(made.headers['cache-control'], 'no-store');
    const id = '0146e9b57080961e2c83536300000000';
    for (const wanted of [id, unused()]) {
      const asked = await api('POST', '/accounts', { name: 'x', id: wanted });
      assert.equal(asked.status, 201, asked.text);
      assert.equal(asked.json.account, wanted);
      const shown = await api('GET', `/accounts/${wanted}`, undefined, asked.json.key);
      assert.equal(shown.status, 200, shown.text);
      assert.equal(shown.json.account, wanted);
      assert.equal(shown.json.name, 'x');
    }
  });

  test('is not made twice under one name', async () => {
    const id = unused();
    await account({ id });
    const again = await api('POST', '/accounts', { name: 'x', id });
    assert.equal(again.status, 409, again.text);
  });

  test('is deleted when it is empty, and not before', async () => {
    const made = await account();
    await api('PUT', `/accounts/${made.account}/repositories/myapp`, {}, made.key);
    const full = await api('DELETE', `/accounts/${made.account}`);
    assert.equal(full.status, 409, full.text);
    await api('DELETE', `/accounts/${made.account}/repositories/myapp`, undefined, made.key);
    const gone = await api('DELETE', `/accounts/${made.account}`);
    assert.equal(gone.status, 204, gone.text);
    assert.equal((await api('GET', `/accounts/${made.account}`)).status, 404);
    const key = await api('GET', `/accounts/${made.account}`, undefined, made.key);
    assert.equal(key.status, 401, key.text);
  });

  for (const [what, body, status, field] of [
    ['no name', {}, 422, 'name'],
    ['a number for a name', { name: 1 }, 422, 'name'],
    ['an id of no form', { name: 'x', id: 'acme' }, 422, 'id'],
    ['a field that nobody knows', { name: 'x', quota: 1 }, 422, 'quota'],
  ]) {
    test(`with ${what} is refused by name`, async () =>
      assertField(await api('POST', '/accounts', body), status, field));
  }

  test('is refused where the body is not a JSON object', async () => {
    for (const body of ['{', '[]', 'name=x']) {
      assertError(await api('POST', '/accounts', body), 400, 'UNSUPPORTED');
    }
    const large = await api('POST', '/accounts', { name: 'x'.repeat(70_000) });
    assert.equal(large.status, 413, large.text);
  });
});

describe('an account that was never made', () => {
  test('is 404 to the operator, and nothing is made under it', async () => {
    const name = unused();
    for (const [method, path, body] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/keys'],
      ['POST', '/keys', { name: 'x' }],
      ['DELETE', `/keys/${NO_KEY}`],
      ['GET', '/clients'],
      ['POST', '/clients', { name: 'x', grants: [] }],
      ['GET', `/clients/${NO_CLIENT}`],
      ['PUT', `/clients/${NO_CLIENT}`, {}],
      ['DELETE', `/clients/${NO_CLIENT}`],
      ['GET', '/repositories'],
      ['PUT', '/repositories/myapp', {}],
      ['GET', '/repositories/myapp'],
      ['DELETE', '/repositories/myapp'],
      ['POST', '/collect', {}],
      ['POST', '/check', {}],
    ]) {
      const reply = await api(method, `/accounts/${name}${path}`, body);
      assert.equal(reply.status, 404, `${method} ${path}: ${reply.text}`);
    }
    const made = await api('POST', '/accounts', { name: 'x', id: name });
    assert.equal(made.status, 201, made.text);
  });
});
