// What can be seen from outside: a log line a request, and durations in the answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { logLine } from '../support/log.mjs';
import { outcome } from '../support/pulling.mjs';

const NAME = 'acme/kiosk';
const TIMING = /^total;dur=\d+, upstream;dur=\d+$/;
const here = await bench();
const worker = await here.start();
const get = (path, options) => send(worker.url, path, options);
const ask = (name) => get(`/auth/v1/token?scope=${pull(name)}`);

const REQUESTS = {
  ping: () => get('/ping'),
  'a challenge': () => get('/v2/'),
  'a token': () => ask(NAME),
  'a name that is not there': () => ask('acme/nothing'),
  'a manifest': async () => withToken('manifests/latest'),
  'a blob that is not there': async () => withToken(`blobs/sha256:${'0'.repeat(64)}`),
  'a path that is not served': () => get('/v2/a/b/unknown'),
  'a page elsewhere': () => get('/elsewhere'),
};

async function withToken(end) {
  return get(`/v2/${NAME}/${end}`, { headers: bearer(await token(worker.url, [pull(NAME)])) });
}

for (const [what, request] of Object.entries(REQUESTS)) {
  test(`${what} has one line in the log, under the id that the client got`, async () => {
    const reply = await request();
    const line = await logLine(worker, reply);
    assert.equal(line.request_id, reply.headers['x-request-id']);
    assert.equal(line.status, reply.status);
    assert.equal(typeof line.route, 'string');
    for (const count of ['ms', 'upstream_calls', 'upstream_ms']) {
      assert.ok(Number.isInteger(line[count]), `${count}: ${line[count]}`);
    }
  });
}

test('a line says where everything came from, and what it cost', async () => {
  const other = 'balenablocks/legacy';
  const second = await here.start();
  const rows = [
    [worker, 'api', 'registry', 2, 1],
    [worker, 'memory', 'memory', 0, 0],
    [second, 'kv', 'cache', 0, 0],
  ];
  for (const [one, kept, content, ...calls] of rows) {
    const { granted, manifest } = await outcome(one.url, other);
    const [asked, got] = [await logLine(one, granted), await logLine(one, manifest)];
    assert.deepEqual(
      [asked.route, asked.name, got.route, got.name],
      ['token', other, 'manifest', other],
    );
    assert.deepEqual([asked.resolved, asked.token, got.content], [[kept], kept, content]);
    assert.deepEqual([asked.upstream_calls, got.upstream_calls], calls);
  }
});

test('durations, and nothing else, are in the answers of the registry and of tokens', async () => {
  for (const what of ['a challenge', 'a token', 'a manifest', 'a blob that is not there']) {
    const reply = await REQUESTS[what]();
    assert.match(reply.headers['server-timing'], TIMING, what);
  }
  for (const what of ['ping', 'a page elsewhere']) {
    assert.equal((await REQUESTS[what]()).headers['server-timing'], undefined);
  }
});

test('a refresh behind the answer that fails is in the log, and not in the answer', async () => {
  // No other Worker has put what this name means into the store that they share.
  const name = 'balenablocks/browser';
  const aging = await here.start({ TARGET_SECONDS: '8', UPSTREAM_DEADLINE_MS: '500' });
  const request = () => send(aging.url, `/auth/v1/token?scope=${pull(name)}`);
  assert.equal((await request()).status, 200);
  await here.api.fail('500', { only: /^\/v7\// });
  const behind = () =>
    aging
      .output()
      .split('\n')
      .find((line) => line.includes('"background"'));
  while (behind() === undefined) {
    assert.equal((await request()).status, 200);
    await sleep(100);
  }
  assert.match(JSON.parse(behind()).problem, /500/);
});
