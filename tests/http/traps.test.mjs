// A trap in WebAssembly, here of an allocation that fails: whoever waits is answered, and the next
// request finds a new instance.

import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFakeUpstream } from '../support/fake-upstream.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { logLine } from '../support/log.mjs';
import { assertError } from '../support/oci.mjs';
import { startWorkerd } from '../support/workerd.mjs';

const WAITING = 6;
const upstream = await startFakeUpstream();
const worker = await startWorkerd(upstream.settings, { inside: true });
after(() => Promise.all([worker.stop(), upstream.stop()]));
beforeEach(() => upstream.heal());

let serial = 0;
const ask = () => {
  serial += 1;
  return send(worker.url, `/auth/v1/token?scope=${pull(`acme/app${serial}`)}`);
};
const inside = async (end = '') => (await send(worker.url, `/inside${end}`)).json;
const trapLines = () =>
  worker
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{"trap"'));

/** Requests that wait for upstream: `{ replies, answer() }`. */
async function waiting() {
  const held = [];
  const { release } = upstream.answers;
  upstream.answers.release = (...call) => held.push(() => release(...call));
  const replies = Array.from({ length: WAITING }, ask);
  while (held.length < WAITING) await sleep(10);
  upstream.heal();
  const answer = () => {
    for (const work of held) work();
  };
  return { replies, answer };
}

async function assertUnavailable(reply) {
  assertError(reply, 503, 'UNAVAILABLE');
  assert.equal(reply.headers['docker-distribution-api-version'], 'registry/2.0');
  const line = await logLine(worker, reply);
  assert.equal(line.status, 503);
  assert.match(line.problem, /^RuntimeError: unreachable/);
}

test('a trap at a new request answers it and everybody who waits, and the next is served', async () => {
  const { replies, answer } = await waiting();
  const [before, traps] = [await inside(), trapLines().length];
  await inside('/exhaust');
  await assertUnavailable(await ask());
  for (const reply of await Promise.all(replies)) await assertUnavailable(reply);
  assert.equal((await ask()).status, 200);
  answer();
  assert.equal((await ask()).status, 200);
  const now = await inside();
  assert.equal(now.instances, before.instances + 1);
  assert.ok(now.bytes <= before.bytes, `${now.bytes} bytes`);
  const lines = trapLines().slice(traps);
  assert.equal(lines.length, 1, lines.join('\n'));
  const { trap, memory, unanswered } = JSON.parse(lines[0]);
  assert.deepEqual([trap, memory, unanswered], ['RuntimeError: unreachable', 2 ** 32, WAITING]);
});

test('a trap at an answer of upstream does the same', async () => {
  const { replies, answer } = await waiting();
  const before = await inside();
  await inside('/exhaust');
  answer();
  for (const reply of await Promise.all(replies)) await assertUnavailable(reply);
  assert.equal((await ask()).status, 200);
  assert.equal((await inside()).instances, before.instances + 1);
});

test('a token that a client holds is good after a trap', async () => {
  const name = 'acme/kept';
  const before = await inside();
  const headers = bearer(await token(worker.url, [pull(name)]));
  await inside('/exhaust');
  const end = `/v2/${name}/manifests/latest`;
  await assertUnavailable(await send(worker.url, end, { headers }));
  assertError(await send(worker.url, end, { headers }), 404, 'MANIFEST_UNKNOWN');
  assert.equal((await inside()).instances, before.instances + 1);
});
