// Rights that are withdrawn: for how long anybody still gets what was kept before.

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { changing } from '../support/changing.mjs';
import { bearer } from '../support/http.mjs';
import { granted } from '../support/location.mjs';
import { logLine } from '../support/log.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { costOf, outcome, outcomeOf } from '../support/pulling.mjs';

const TOKEN_MS = 2000;
const POLL_MS = 100;
const settings = { TARGET_SECONDS: '1', TAG_SECONDS: '1', TOKEN_SECONDS: `${TOKEN_MS / 1000}` };
const [api, registry] = [changing(), changing()];
const here = await bench({ well: { api: api.well, registry: registry.well } });
beforeEach(() => [api, registry].map((part) => part.to()));
const { control, credentials } = here.upstream;
const owner = { headers: bearer(credentials.owner.apiKey) };
const workers = [await here.start(settings), await here.start(settings)];
const all = (name) => Promise.all(workers.map(({ url }) => outcomeOf(url, name)));
let serial = 0;

/** An application that everybody has pulled, by its target and by its commit. */
async function application() {
  serial += 1;
  const slug = `acme/rights-${serial}`;
  await control.createApplication({ slug });
  const { commit, images } = await control.createRelease(slug, { semver: '1.0.0' });
  const [{ digest, repository }] = images;
  const name = `${slug}/${commit}`;
  for (const one of [slug, name]) assert.deepEqual(await all(one), [digest, digest]);
  return { slug, name, digest, repository };
}

async function hide(slug) {
  await control.setPublic(slug, false);
  await control.forgetLookups();
}

describe('an application made private', () => {
  test('is not served by its commit after TOKEN_SECONDS, although commits are kept for a day', async () => {
    const { slug, name } = await application();
    await hide(slug);
    await sleep(TOKEN_MS);
    assert.deepEqual(await all(name), [403, 403]);
  });

  test('is not served after that time to clients that ask all the time', async () => {
    const { slug, name, digest } = await application();
    await hide(slug);
    const hidden = Date.now();
    for (let last = false; !last; await sleep(POLL_MS)) {
      last = Date.now() - hidden > TOKEN_MS;
      const allowed = last ? [403] : [403, digest];
      for (const got of await all(name)) assert.ok(allowed.includes(got), `${got}`);
    }
  });

  test('is not served after that time, even if KV is behind', async () => {
    const { slug, name } = await application();
    await hide(slug);
    await sleep(TOKEN_MS);
    await here.kv.fail('stale', { seconds: TOKEN_MS / 1000 });
    assert.deepEqual(await all(name), [403, 403]);
    assert.equal(await outcomeOf((await here.start(settings)).url, name), 403);
  });

  test('is not served by its target after TARGET_SECONDS', async () => {
    const { slug } = await application();
    await hide(slug);
    await sleep(1000);
    assert.deepEqual(await all(slug), [403, 403]);
  });

  for (const [seconds, times, asked] of [
    ['0', 'each time', [1, 1, 1]],
    ['600', 'once', [1, 0, 0]],
  ]) {
    test(`is served to its owner all the time; with CREDENTIAL_SECONDS=${seconds} the API is asked for a token ${times}`, async () => {
      const { slug, name, digest } = await application();
      await hide(slug);
      const { url } = await here.start({ ...settings, CREDENTIAL_SECONDS: seconds });
      for (const calls of asked) {
        const cost = await costOf(here, async () => {
          assert.equal(await outcomeOf(url, name, owner), digest);
        });
        const tokens = cost.filter((call) => call.startsWith('GET /auth/'));
        assert.equal(tokens.length, calls, cost.join('\n'));
      }
      await sleep(TOKEN_MS);
      assert.equal(await outcomeOf(url, name), 403);
    });
  }

  const challenge = 'Bearer realm="x",service="x",error="invalid_token"';
  const REFUSALS = {
    'the token': [401, { 'www-authenticate': challenge }, [401, 'UNAUTHORIZED'], 401],
    'the location': [403, {}, [403, 'DENIED'], 404],
  };
  for (const [what, [status, headers, told, byDigest]] of Object.entries(REFUSALS)) {
    test(`is served to nobody after the registry has refused ${what}`, async () => {
      const { slug, name, repository } = await application();
      const worker = await here.start({ ...settings, TOKEN_SECONDS: '600' });
      const { manifest, blob } = await granted(worker, name);
      const [layer] = (await manifest('latest')).json.layers;
      assert.equal((await blob(layer.digest)).status, 307);
      await hide(slug);
      registry.to((answer, { url }) =>
        url.includes(repository) ? { status, headers, body: Buffer.alloc(0) } : answer,
      );
      await sleep(1000);
      // Deleting from the cache fails now, and still the old entries must not be used.
      await here.cache.fail('refuse');
      assertError(await manifest('latest'), ...told);
      await sleep(100);
      await here.heal();
      for (const method of ['GET', 'HEAD']) {
        const reply = await blob(layer.digest, { method });
        assertStatus(reply, byDigest);
        assert.equal(reply.headers.location, undefined);
      }
      await here.kv.fail('stale', { seconds: 1 });
      const { granted: asked, status: got } = await outcome(worker.url, name);
      assert.equal((await logLine(worker, asked)).token, 'api');
      assert.equal(got, 403);
      await here.heal();
      assert.equal(await outcomeOf((await here.start(settings)).url, name), 403);
    });
  }
});

describe("an upstream token that was made for a caller's credential", () => {
  test('is in no store', async () => {
    const { slug, name, digest } = await application();
    await hide(slug);
    await sleep(TOKEN_MS);
    assert.deepEqual(await all(name), [403, 403]);
    const tokens = () => here.kv.keys().filter((key) => key.startsWith('token/'));
    await sleep(100);
    const before = tokens();
    for (const { url } of workers) assert.equal(await outcomeOf(url, name, owner), digest);
    await sleep(100);
    assert.deepEqual(tokens(), before);
    assert.deepEqual(await all(name), [403, 403]);
  });

  test('is given to the same credential by the same Worker, and to nobody else', async () => {
    const { name, digest } = await application();
    const stranger = { headers: bearer(credentials.stranger.apiKey) };
    const [first, second] = [await here.start(settings), await here.start(settings)];
    for (const [worker, caller, source] of [
      [first, owner, 'api'],
      [first, stranger, 'api'],
      [first, owner, 'memory'],
      [first, stranger, 'memory'],
      [second, owner, 'api'],
    ]) {
      const { granted: asked, digest: got } = await outcome(worker.url, name, caller);
      assert.equal(got, digest);
      assert.equal((await logLine(worker, asked)).token, source);
    }
    const wrong = await outcome(first.url, name, { headers: bearer('wrong') });
    assertError(wrong.granted, 401, 'UNAUTHORIZED');
  });

  test('is not given any more after CREDENTIAL_SECONDS, when the API refuses the credential', async () => {
    const { name, digest } = await application();
    const worker = await here.start({ ...settings, CREDENTIAL_SECONDS: '1' });
    assert.equal(await outcomeOf(worker.url, name, owner), digest);
    api.to((answer) => ({ ...answer, status: 401, body: Buffer.alloc(0) }));
    await sleep(1000);
    const { granted: asked } = await outcome(worker.url, name, owner);
    assertError(asked, 401, 'UNAUTHORIZED');
  });
});

describe('an API that forbids everything to everybody, as a firewall does', () => {
  for (const status of [401, 403]) {
    test(`${status}: anonymous callers get what is kept, or a bad gateway, and nothing is forgotten`, async () => {
      const { name, digest } = await application();
      // Kept values serve an outage of hours, so `stale` means that the API was asked in vain.
      const sources = async (worker) => {
        const { granted: asked, digest: got } = await outcome(worker.url, name);
        assert.equal(got, digest);
        const { resolved, token } = await logLine(worker, asked);
        return [...resolved, token];
      };
      const vars = { ...settings, FIXED_SECONDS: '1' };
      const worker = await here.start(vars);
      await sources(worker);
      await sleep(TOKEN_MS);
      api.to((answer) => ({ ...answer, status, body: Buffer.from('forbidden') }));
      for (let times = 0; times < 2; times += 1) {
        assert.deepEqual(await sources(worker), ['stale', 'stale']);
        assert.deepEqual(await sources(await here.start(vars)), ['stale', 'stale']);
      }
      const { granted: unknown } = await outcome(worker.url, 'acme/nobody-has-asked');
      assertError(unknown, 502, 'UNAVAILABLE');
      assert.doesNotMatch(unknown.text, /credentials/);

      api.to();
      assert.deepEqual(await sources(worker), ['api', 'api']);
    });

    test(`${status}: a refresh behind the answer forgets nothing`, async () => {
      const { slug, digest } = await application();
      const worker = await here.start({ ...settings, TARGET_SECONDS: '6', TOKEN_SECONDS: '600' });
      assert.equal(await outcomeOf(worker.url, slug), digest);
      const key = here.kv.keys().find((it) => it.startsWith('release/') && it.endsWith(slug));
      api.to((answer) => ({ ...answer, status, body: Buffer.from('forbidden') }));
      await sleep(3000);
      assert.equal(await outcomeOf(worker.url, slug), digest);
      await sleep(3500);
      assert.match(worker.output(), new RegExp(`"background".*answered ${status}`));
      assert.ok(here.kv.get(key), 'KV has it');
      const { granted: asked, digest: got } = await outcome(worker.url, slug);
      assert.equal(got, digest);
      assert.deepEqual((await logLine(worker, asked)).resolved, ['stale']);
    });
  }
});
