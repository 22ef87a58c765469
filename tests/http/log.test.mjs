// What can be seen from outside: a log line a request, and durations in the answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { logLine } from '../support/log.mjs';

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

test('a line says where a resolution came from, and what it cost', async () => {
  const other = 'balenablocks/legacy';
  const lines = [];
  for (let times = 0; times < 2; times += 1) lines.push(await logLine(worker, await ask(other)));
  const second = await here.start();
  lines.push(await logLine(second, await send(second.url, `/auth/v1/token?scope=${pull(other)}`)));
  assert.deepEqual(
    lines.map(({ resolved, upstream_calls, name, route }) => [
      resolved,
      upstream_calls,
      name,
      route,
    ]),
    [
      [['api'], 2, other, 'token'],
      [['memory'], 1, other, 'token'],
      [['kv'], 1, other, 'token'],
    ],
  );
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
  const aging = await here.start({ TARGET_SECONDS: '4', UPSTREAM_DEADLINE_MS: '500' });
  const request = () => send(aging.url, `/auth/v1/token?scope=${pull(NAME)}`);
  assert.equal((await request()).status, 200);
  await sleep(2500);
  await here.api.fail('500', { only: /^\/v7\// });
  assert.equal((await request()).status, 200);
  await sleep(500);
  const behind = aging
    .output()
    .split('\n')
    .find((line) => line.includes('"background"'));
  assert.match(JSON.parse(behind).problem, /500/);
});
