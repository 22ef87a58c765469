// Hosted repositories beside releases: what goes upstream, and what never does.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { forwarded } from '../support/front.mjs';
import { ADMIN_TOKEN, management } from '../support/hosting.mjs';
import { basic, bearer, pull, send, token } from '../support/http.mjs';
import { copyMigrated } from '../support/migrated.mjs';
import { assertError } from '../support/oci.mjs';
import { owner as asOwner, expect, registry } from '../support/registry.mjs';
import { redirecting, startTestUpstream } from '../support/upstream.mjs';
import { startWorkerd } from '../support/workerd.mjs';
import { startWrangler } from '../support/wrangler.mjs';

const RELEASE = 'acme/kiosk';
const upstream = await startTestUpstream();
const kept = mkdtempSync(join(tmpdir(), 'bhcr-beside-'));
const unprepared = mkdtempSync(join(tmpdir(), 'bhcr-unprepared-'));
await copyMigrated(kept);
const settings = { ...redirecting(upstream), ADMIN_TOKEN };
const workers = {
  on: await startWrangler(settings, { kept }),
  off: await startWorkerd(settings),
  unprepared: await startWrangler(settings, { kept: unprepared }),
};
after(async () => {
  for (const worker of Object.values(workers)) await worker.stop();
  for (const dir of [kept, unprepared]) rmSync(dir, { recursive: true, force: true });
  await upstream.stop();
});
const { account, client } = management(workers.on.url);
const mine = await account();
const reader = await client(mine, { '*': ['pull'] });
const { apiKey } = upstream.credentials.owner;
const name = `${mine.account}/myapp`;
await registry(workers.on.url, name, asOwner(mine)).pushImage('v1', []);

const fields = (values) => new URLSearchParams(values).toString();
const form = (values) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: fields(values),
});

describe('a secret of bhcr never goes upstream', () => {
  const typo = `${mine.key.slice(0, -1)}${mine.key.at(-1) === 'A' ? 'B' : 'A'}`;
  const secrets = {
    'an access key': ['KEY', mine.key],
    'an access key with another user name': ['me@example.com', mine.key],
    'a mistyped access key': ['KEY', typo],
    'a client': [reader.id, reader.secret],
    'a client under another name': ['me', reader.secret],
    'the operator': ['operator', ADMIN_TOKEN],
    'something else under KEY': ['KEY', apiKey],
    'something else under the name of a client': [reader.id, apiKey],
  };
  for (const [state, worker] of Object.entries(workers)) {
    for (const [what, [user, secret]] of Object.entries(secrets)) {
      test(`${what}, with hosting ${state}`, async () => {
        const names = [[], [pull(RELEASE)], [pull(name)], [pull(RELEASE), pull(name)]];
        const requests = await forwarded(upstream, async () => {
          for (const scopes of names) {
            const query = scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join('');
            const path = `/auth/v1/token?service=x${query}`;
            await send(worker.url, path, { headers: basic(secret, user) });
            const own = { username: user, scope: scopes.join(' ') };
            const password = { grant_type: 'password', password: secret, ...own };
            await send(worker.url, '/auth/v1/token', form(password));
            const refresh = { grant_type: 'refresh_token', refresh_token: secret, ...own };
            await send(worker.url, '/auth/v1/token', form(refresh));
          }
          if (secret === apiKey) return;
          for (const path of ['/v2/', `/v2/${RELEASE}/manifests/latest`, `/v2/${name}/tags/list`]) {
            await send(worker.url, path, { headers: bearer(secret) });
          }
        });
        const told = JSON.stringify(requests);
        const encoded = Buffer.from(`${user}:${secret}`).toString('base64');
        for (const text of [secret, encoded]) assert.ok(!told.includes(text), 'it went upstream');
        if (secret !== apiKey) assert.ok(!worker.output().includes(secret), 'it is in the log');
      });
    }
  }
});

describe('a login', () => {
  const login = ({ url }, headers, scopes = []) => {
    const query = scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join('');
    return send(url, `/auth/v1/token?service=x${query}`, { headers });
  };

  test('with a secret of bhcr is checked here, without a call upstream', async () => {
    const requests = await forwarded(upstream, async () => {
      assert.equal((await login(workers.on, basic(mine.key, 'KEY'))).status, 200);
      assert.equal((await login(workers.on, basic(reader.secret, reader.id))).status, 200);
      const no = await login(workers.on, basic(reader.secret, 'cli-abcde'));
      assertError(no, 401, 'UNAUTHORIZED');
    });
    assert.deepEqual(requests, []);
  });

  test('with a secret of bhcr, where hosting is off, is refused and says so', async () => {
    const reply = await login(workers.off, basic(mine.key, 'KEY'));
    assert.match(assertError(reply, 401, 'UNAUTHORIZED'), /off here/);
  });

  test('with a credential of balena is checked upstream for no name and for a release', async () => {
    for (const scopes of [[], [pull(RELEASE)], [pull(name), pull(RELEASE)]]) {
      assert.equal((await login(workers.on, basic(apiKey), scopes)).status, 200);
      assertError(await login(workers.on, basic('wrong'), scopes), 401, 'UNAUTHORIZED');
    }
  });

  test('with a credential of balena is a guest on hosted names, without a call', async () => {
    const requests = await forwarded(upstream, async () => {
      const reply = await login(workers.on, basic('wrong'), [pull(name)]);
      assert.equal(reply.status, 200, reply.text);
      const path = `/v2/${name}/manifests/v1`;
      const no = await send(workers.on.url, path, { headers: bearer(reply.json.token) });
      assertError(no, 403, 'DENIED');
    });
    assert.deepEqual(requests, []);
  });

  test('with a secret of bhcr resolves releases as anybody would', async () => {
    const held = await token(workers.on.url, [pull(RELEASE), pull(name)], {
      headers: basic(mine.key, 'KEY'),
    });
    for (const path of [`/v2/${RELEASE}/manifests/latest`, `/v2/${name}/manifests/v1`]) {
      expect(await send(workers.on.url, path, { headers: bearer(held) }), 200);
    }
  });
});

describe('a Worker', () => {
  const health = async ({ url }) => (await send(url, '/healthz')).json;

  test('says whether hosting is on, off, or not prepared', async () => {
    assert.equal((await health(workers.on)).hosting, 'on');
    assert.equal((await health(workers.off)).hosting, 'off');
    assert.match((await health(workers.unprepared)).hosting, /npm run migrate/);
    for (const worker of Object.values(workers)) {
      assert.equal((await send(worker.url, '/healthz')).status, 200);
    }
  });

  test('serves releases, whatever hosting is', async () => {
    for (const [state, { url }] of Object.entries(workers)) {
      const held = await token(url, [pull(RELEASE)]);
      const path = `/v2/${RELEASE}/manifests/latest`;
      const reply = await send(url, path, { headers: bearer(held) });
      assert.equal(reply.status, 200, `${state}: ${reply.text}`);
      const push = await send(url, `/v2/${RELEASE}/blobs/uploads/`, {
        method: 'POST',
        headers: { ...bearer(held), 'content-length': '0' },
      });
      assertError(push, 405, 'UNSUPPORTED');
    }
  });

  test('without bindings treats hosted names as releases', async () => {
    const { url } = workers.off;
    const push = await send(url, `/v2/${name}/blobs/uploads/`, { method: 'POST' });
    assert.match(assertError(push, 405, 'UNSUPPORTED'), /balena push/);
    const held = await token(url, [pull(name)]);
    const reply = await send(url, `/v2/${name}/manifests/latest`, { headers: bearer(held) });
    assertError(reply, 403, 'DENIED');
    const api = await send(url, '/api/v1/accounts', { headers: bearer(ADMIN_TOKEN) });
    assert.match(assertError(api, 503, 'UNAVAILABLE'), /off/);
  });

  test('without migrations says so to whoever asks for something hosted', async () => {
    const { url } = workers.unprepared;
    const scope = encodeURIComponent(pull(name));
    for (const [path, headers] of [
      [`/auth/v1/token?service=x&scope=${scope}`, {}],
      ['/auth/v1/token?service=x', basic(mine.key, 'KEY')],
      [`/v2/${name}/tags/list`, bearer(mine.key)],
      ['/api/v1/accounts', bearer(ADMIN_TOKEN)],
    ]) {
      const reply = await send(url, path, { headers });
      assert.match(assertError(reply, 503, 'UNAVAILABLE'), /npm run migrate/, path);
    }
  });
});
