// Settings that make no sense, and settings that change what a client gets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { front } from '../support/front.mjs';
import { pull, send } from '../support/http.mjs';
import { assertError, assertStatus, challenge } from '../support/oci.mjs';

const here = await front();

const NONSENSE = [
  ['TOKEN_SECRET', ''],
  ['TOKEN_SECRET', 'short'],
  ['TOKEN_SECRET_PREVIOUS', 'short'],
  ['REGISTRY_URL', 'registry.example'],
  ['API_URL', 'https://api.example/path'],
  ['REGISTRY2_HOST', 'https://registry.example'],
  ['API_HOST', 'api.example/x'],
  ['DNS_TLD', 'exa mple'],
  ['PUBLIC_ORIGIN', 'ftp://bhcr.example'],
  ['UPSTREAM_DEADLINE_MS', '0'],
  ['TARGET_SECONDS', 'soon'],
  ['VERSION_SECONDS', '-1'],
  ['FIXED_SECONDS', '99999999999'],
  ['MISS_SECONDS', '0'],
  ['TAG_SECONDS', '86401'],
  ['TOKEN_SECONDS', '3601'],
  ['CREDENTIAL_SECONDS', '601'],
  ['STALE_SECONDS', 'for ever'],
];

for (const [setting, value] of NONSENSE) {
  test(`${setting} as ${JSON.stringify(value)} stops all but ping and healthz, which names it`, async () => {
    const worker = await here.start({ [setting]: value });
    for (const path of ['/v2/', '/auth/v1/token', '/v2/a/b/manifests/latest', '/']) {
      const reply = await send(worker.url, path);
      const message = assertError(reply, 500, 'UNKNOWN');
      assert.match(message, new RegExp(`\\b${setting}\\b`));
    }
    assert.equal((await send(worker.url, '/ping')).text, 'pong');
    const health = await send(worker.url, '/healthz');
    assertStatus(health, 503);
    assert.equal(health.json.problems[0].setting, setting);
    await sleep(50);
    assert.match(worker.output(), new RegExp(`misconfigured: ${setting} `));
    if (setting.startsWith('TOKEN_SECRET') && value) assert.ok(!health.text.includes(value));
  });
}

test('a missing KV binding counts as a setting that makes no sense', async () => {
  const worker = await here.start({}, { kv: false });
  assertError(await send(worker.url, '/v2/'), 500, 'UNKNOWN');
  assert.equal((await send(worker.url, '/healthz')).json.problems[0].setting, 'RELEASES');
});

test('healthz lists all problems at once', async () => {
  const worker = await here.start(
    { TOKEN_SECRET: 'x', API_URL: 'y', TARGET_SECONDS: 'z' },
    { kv: false },
  );
  const { problems } = (await send(worker.url, '/healthz')).json;
  assert.deepEqual(problems.map(({ setting }) => setting).sort(), [
    'API_URL',
    'RELEASES',
    'TARGET_SECONDS',
    'TOKEN_SECRET',
  ]);
});

test('realm and service are the origin that the client used', async () => {
  for (const host of ['bhcr.example', 'other.example:8080', 'localhost:1', '[::1]:8787']) {
    const reply = await send(here.url, '/v2/', { headers: { host } });
    const { realm, service } = challenge(reply);
    assert.equal(realm, `http://${host}/auth/v1/token`);
    assert.equal(service, host);
  }
});

test('PUBLIC_ORIGIN is the origin in challenges', async () => {
  const worker = await here.start({ PUBLIC_ORIGIN: 'https://bhcr.example' });
  const { realm, service } = challenge(await send(worker.url, '/v2/'));
  assert.equal(realm, 'https://bhcr.example/auth/v1/token');
  assert.equal(service, 'bhcr.example');
});

test('REGISTRY2_HOST lists the hosts that locations may carry', async () => {
  const { host } = new URL(here.upstream.registry.url);
  const status = async (vars) => {
    const worker = await here.start(vars);
    return (await send(worker.url, `/auth/v1/token?scope=${pull('acme/kiosk')}`)).status;
  };
  assert.equal(await status({ REGISTRY2_HOST: `new.example, ${host}` }), 200);
  assert.equal(await status({ REGISTRY2_HOST: 'new.example' }), 502);
});
