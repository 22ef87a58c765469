// Access keys and clients, as the management API makes them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hosting } from '../support/hosting.mjs';
import { assertField } from '../support/oci.mjs';

const { host, api, account, client } = await hosting();
const NO_KEY = 'key-abcde';
const NO_CLIENT = 'cli-abcde';
const FUTURE = '2100-01-31T12:00:00Z';

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
