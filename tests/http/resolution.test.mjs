// How many requests resolution costs, by the upstream's own log, and what works without the API.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench, resolutions } from '../support/bench.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { logLine } from '../support/log.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { watch } from '../support/watch.mjs';

const REQUESTS = 1000;
const NAMES = 20;
const DEADLINE_MS = 600;
const here = await bench();
const ask = (worker, name) => send(worker.url, `/auth/v1/token?scope=${pull(name)}`);

const names = (await applications(NAMES / 2)).flatMap((slug) => [slug, `${slug}/1.0.0`]);

async function applications(count) {
  const slugs = Array.from({ length: count }, (_, at) => `counted/app-${at}`);
  for (const slug of slugs) {
    await here.upstream.control.createApplication({ slug });
    await here.upstream.control.createRelease(slug, { semver: '1.0.0' });
  }
  return slugs;
}

test(`${REQUESTS} token requests for ${NAMES} public names cost ${NAMES} resolutions, and a second Worker none`, async () => {
  const [first, second] = [await here.start(), await here.start()];
  const seen = watch(here.upstream);
  for (const name of names) assert.equal((await ask(first, name)).status, 200);
  assert.equal(resolutions(seen.api()).length, NAMES);
  for (let at = 0; at < REQUESTS; at += 1) {
    const reply = await ask(first, names[at % NAMES]);
    assertStatus(reply, 200);
  }
  const { length } = resolutions(seen.api());
  assert.ok(length <= NAMES, `${length}`);
  for (const name of names) assert.equal((await ask(second, name)).status, 200);
  assert.equal(resolutions(seen.api()).length, length);
  console.log(`${REQUESTS + NAMES} requests cost ${length} resolutions`);
});

test('KV accepts every entry: none has a time to live that is too short', () => {
  const writes = here.kv.requests().filter(({ method }) => method === 'PUT');
  assert.ok(writes.length >= NAMES);
  assert.deepEqual(
    writes.filter(({ status }) => status !== 200 && status !== 429),
    [],
  );
});

for (const kind of ['refuse', 'hang']) {
  test(`without the API (${kind}), another client's pull is served from what is kept`, async () => {
    const vars = {
      TARGET_SECONDS: '1',
      TOKEN_SECONDS: '1',
      UPSTREAM_DEADLINE_MS: `${DEADLINE_MS}`,
    };
    const [worker, other] = [await here.start(vars), await here.start(vars)];
    const name = 'acme/kiosk';
    const version = 'acme/kiosk/1.1.0';
    for (const one of [name, version]) assert.equal((await ask(worker, one)).status, 200);
    await sleep(1100);
    await here.api.fail(kind);
    const rows = [
      [worker, version, 'memory'],
      [other, version, 'kv'],
      [worker, name, 'stale'],
      [other, name, 'stale'],
    ];
    for (const [one, asked, source] of rows) {
      const reply = await ask(one, asked);
      assertStatus(reply, 200);
      const line = await logLine(one, reply);
      assert.deepEqual([line.resolved, line.token], [[source], 'stale']);
      const what = source === 'stale' ? 'an answer' : 'an upstream token';
      assert.match(line.problem, new RegExp(`^${what} is served past its time: the API`));
    }
  });

  test(`without the API (${kind}), a client with a token finishes its pull`, async () => {
    const worker = await here.start({ UPSTREAM_DEADLINE_MS: `${DEADLINE_MS}` });
    const { references, digest } = here.upstream.seed.releases.find(
      ({ slug }) => slug === 'acme/kiosk',
    );
    const held = await token(worker.url, [pull(references[0])]);
    await here.api.fail(kind);
    const path = `/v2/${references[0]}/manifests/latest`;
    const reply = await send(worker.url, path, { headers: bearer(held) });
    assert.equal(reply.headers['docker-content-digest'], digest);
  });
}

test('without the API and without anything kept, a pull fails, but the name is not "not found"', async () => {
  const worker = await here.start({ UPSTREAM_DEADLINE_MS: `${DEADLINE_MS}` });
  await here.api.fail('refuse');
  const reply = await ask(worker, 'acme/gateway/0.9.0/proxy');
  assertError(reply, 502, 'UNAVAILABLE');
  const line = await logLine(worker, reply);
  assert.equal(line.resolved, undefined);
});
