// The management API, as the operator and as the owner of an account.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hosting } from '../support/hosting.mjs';
import { logLine } from '../support/log.mjs';
import { assertError } from '../support/oci.mjs';
import { owner, registry } from '../support/registry.mjs';

const { url, host, api, account, client, worker } = await hosting();
const NO_KEY = 'key-abcde';
const NO_CLIENT = 'cli-abcde';
const FUTURE = '2100-01-31T12:00:00Z';
let serial = 0;
const fresh = () => `acc-m${process.pid % 1000}x${(++serial).toString(36).padStart(3, '0')}`;

/** Checks that a request is refused for this field. */
function assertField(reply, status, field) {
  assert.equal(reply.status, status, reply.text);
  const [error] = reply.json.errors;
  assert.equal(error.detail?.field, field, reply.text);
  assert.ok(error.message.includes(field), error.message);
}

describe('an account', () => {
  test('is made with a name of its own or one that was asked for, and a first key', async () => {
    const made = await api('POST', '/accounts', { name: 'Example Ltd' });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(Object.keys(made.json).sort(), ['account', 'key']);
    assert.match(made.json.account, /^acc-[a-z0-9]{5,12}$/);
    assert.match(made.json.key, /^bhk_[\w-]{48}$/);
    assert.equal(made.headers['cache-control'], 'no-store');
    const id = '0146e9b57080961e2c83536300000000';
    for (const wanted of [id, fresh()]) {
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
    const id = fresh();
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
    const [there, nowhere] = [await ask(other.account), await ask(fresh())];
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

describe('an access key', () => {
  test('is shown once, listed without its secret, and revoked', async () => {
    const { account: name, key } = await account();
    const made = await api('POST', `/accounts/${name}/keys`, { name: 'ci', expires: FUTURE }, key);
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(Object.keys(made.json).sort(), ['id', 'key']);
    const list = await api('GET', `/accounts/${name}/keys`, undefined, made.json.key);
    assert.equal(list.json.keys.length, 2);
    const shown = list.json.keys.find(({ id }) => id === made.json.id);
    assert.deepEqual([shown.name, shown.expires], ['ci', FUTURE]);
    assert.ok(!list.text.includes('bhk_'));
    const gone = await api('DELETE', `/accounts/${name}/keys/${made.json.id}`, undefined, key);
    assert.equal(gone.status, 204);
    const revoked = await api('GET', `/accounts/${name}/keys`, undefined, made.json.key);
    assert.equal(revoked.status, 401, revoked.text);
    const again = await api('DELETE', `/accounts/${name}/keys/${made.json.id}`, undefined, key);
    assert.equal(again.status, 404);
  });

  test('is refused with an end in the past or of no form', async () => {
    const { account: name, key } = await account();
    for (const expires of ['2020-01-01T00:00:00Z', 'soon', 5]) {
      const reply = await api('POST', `/accounts/${name}/keys`, { name: 'x', expires }, key);
      assertField(reply, 422, 'expires');
    }
  });
});

describe('a client', () => {
  const grants = [{ repository: 'myapp', actions: ['pull'] }];

  test('is made with credentials ready for docker and Kubernetes', async () => {
    const { account: name, key } = await account();
    const made = await api('POST', `/accounts/${name}/clients`, { name: 'k8s', grants }, key);
    assert.equal(made.status, 201, made.text);
    const { id, secret, login, docker_config: config, kubernetes_secret: kubernetes } = made.json;
    assert.match(id, /^cli-[a-z0-9]{5,12}$/);
    assert.match(secret, /^bhc_[\w-]{48}$/);
    assert.equal(login, `echo ${secret} | docker login ${host} --username ${id} --password-stdin`);
    const auth = Buffer.from(`${id}:${secret}`).toString('base64');
    assert.deepEqual(config, { auths: { [host]: { auth } } });
    const held = Buffer.from(kubernetes.data['.dockerconfigjson'], 'base64').toString();
    assert.equal(kubernetes.type, 'kubernetes.io/dockerconfigjson');
    assert.deepEqual(JSON.parse(held), config);
  });

  test('is shown, changed and revoked', async () => {
    const mine = await account();
    const { id } = await client(mine, { myapp: ['pull'] });
    const path = `/accounts/${mine.account}/clients`;
    const shown = await api('GET', `${path}/${id}`, undefined, mine.key);
    assert.equal(shown.status, 200, shown.text);
    assert.deepEqual(shown.json.grants, grants);
    assert.equal(shown.json.expires, null);
    const more = [{ repository: '*', actions: ['pull', 'push'] }];
    const body = { grants: more, expires: FUTURE };
    const changed = await api('PUT', `${path}/${id}`, body, mine.key);
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(changed.json.grants, more);
    assert.equal(changed.json.expires, FUTURE);
    const kept = await api('PUT', `${path}/${id}`, { expires: null }, mine.key);
    assert.deepEqual([kept.json.grants, kept.json.expires], [more, null]);
    const list = await api('GET', path, undefined, mine.key);
    assert.deepEqual(
      list.json.clients.map((one) => one.id),
      [id],
    );
    assert.ok(!list.text.includes('bhc_'));
    assert.equal((await api('DELETE', `${path}/${id}`, undefined, mine.key)).status, 204);
    assert.equal((await api('GET', `${path}/${id}`, undefined, mine.key)).status, 404);
    assert.equal((await api('PUT', `${path}/${id}`, {}, mine.key)).status, 404);
    assert.equal((await api('DELETE', `${path}/${id}`, undefined, mine.key)).status, 404);
  });

  test('of another account is not there', async () => {
    const [mine, other] = [await account(), await account()];
    const { id } = await client(other, { '*': ['pull'] });
    for (const [method, body] of [['GET'], ['PUT', {}], ['DELETE']]) {
      for (const wanted of [id, NO_CLIENT]) {
        const path = `/accounts/${mine.account}/clients/${wanted}`;
        assert.equal((await api(method, path, body, mine.key)).status, 404);
      }
    }
    const path = `/accounts/${mine.account}/keys/${NO_KEY}`;
    assert.equal((await api('DELETE', path, undefined, mine.key)).status, 404);
    assert.equal((await api('GET', `/accounts/${other.account}/clients/${id}`)).status, 200);
  });

  test('is refused with a grant that is wrong, told by its place', async () => {
    const { account: name, key } = await account();
    for (const [list, field] of [
      [undefined, 'grants'],
      [[{ repository: 'a/b', actions: ['pull'] }], 'grants[0].repository'],
      [[...grants, { repository: 'x', actions: ['read'] }], 'grants[1].actions[0]'],
    ]) {
      const body = { name: 'x', grants: list };
      assertField(await api('POST', `/accounts/${name}/clients`, body, key), 422, field);
    }
    const list = await api('GET', `/accounts/${name}/clients`, undefined, key);
    assert.deepEqual(list.json.clients, []);
  });
});

describe('a repository', () => {
  test('is created, made public and private, and shown with what is in it', async () => {
    const mine = await account();
    const path = `/accounts/${mine.account}/repositories`;
    const made = await api('PUT', `${path}/myapp`, { public: true }, mine.key);
    assert.equal(made.status, 200, made.text);
    assert.deepEqual([made.json.repository, made.json.public], ['myapp', true]);
    const kept = await api('PUT', `${path}/myapp`, {}, mine.key);
    assert.equal(kept.json.public, true);
    const other = await api('PUT', `${path}/myapp`, { public: false }, mine.key);
    assert.equal(other.json.public, false);

    const name = `${mine.account}/myapp/image`;
    const here = registry(url, name, owner(mine));
    const text = await here.pushImage('v1', [Buffer.alloc(1000, 'a')]);
    assert.equal((await here.pushManifest('v2', text)).status, 201);
    const shown = await api('GET', `${path}/myapp`, undefined, mine.key);
    assert.equal(shown.status, 200, shown.text);
    const [image] = shown.json.images;
    assert.equal(image.name, name);
    assert.deepEqual(image.tags, ['v1', 'v2']);
    assert.ok(shown.json.size >= 1002, `${shown.json.size}`);
    const all = await api('GET', path, undefined, mine.key);
    assert.deepEqual(all.json.repositories, [shown.json]);
  });

  test('is created by the first push', async () => {
    const mine = await account();
    await registry(url, `${mine.account}/pushed`, owner(mine)).pushImage('v1', []);
    const path = `/accounts/${mine.account}/repositories/pushed`;
    const shown = await api('GET', path, undefined, mine.key);
    assert.equal(shown.status, 200, shown.text);
    assert.equal(shown.json.public, false);
  });

  test('is deleted with everything in it, and no other is', async () => {
    const mine = await account();
    const names = ['myapp', 'myapp/image', 'myapp2'].map((name) => `${mine.account}/${name}`);
    const all = names.map((name) => registry(url, name, owner(mine)));
    for (const one of all) await one.pushImage('v1', [Buffer.from('layer')]);
    const path = `/accounts/${mine.account}/repositories/myapp`;
    assert.equal((await api('DELETE', path, undefined, mine.key)).status, 204);
    const found = await Promise.all(all.map((one) => one.get('manifests/v1')));
    assert.deepEqual(
      found.map(({ status }) => status),
      [404, 404, 200],
    );
    assert.equal((await api('GET', path, undefined, mine.key)).status, 404);
    assert.equal((await api('DELETE', path, undefined, mine.key)).status, 404);
  });

  test('that is not there is 404', async () => {
    const mine = await account();
    const path = `/accounts/${mine.account}/repositories/nothing`;
    assert.equal((await api('GET', path, undefined, mine.key)).status, 404);
    const field = await api('PUT', path, { public: 'yes' }, mine.key);
    assertField(field, 422, 'public');
    assert.equal((await api('GET', path, undefined, mine.key)).status, 404);
  });
});

describe('an account that was never made', () => {
  test('is 404 to the operator, and nothing is made under it', async () => {
    const name = fresh();
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
