// Clients that go away by resetting their connection: nothing is left behind.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendToAbort } from '../support/aborting.mjs';
import { startFakeUpstream } from '../support/fake-upstream.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { residentBytes } from '../support/process.mjs';
import { startWorkerd } from '../support/workerd.mjs';

const MIB = 2 ** 20;
const OF_EACH = 20;
const KINDS = 3;
const NAME = 'acme/held';
const upstream = await startFakeUpstream();
const settings = { ...upstream.settings, TAG_SECONDS: '0' };
const worker = await startWorkerd(settings, { inside: true });
after(() => Promise.all([worker.stop(), upstream.stop()]));
upstream.heal();
const headers = bearer(await token(worker.url, [pull(NAME)]));

const WAYS = {
  token: ({ serial }) => {
    const names = [1, 2, 3, 4].map((at) => `acme/app${serial}-${at}`);
    return [`/auth/v1/token?${names.map((name) => `scope=${pull(name)}`).join('&')}`];
  },
  manifest: () => [`/v2/${NAME}/manifests/latest`, headers],
  stream: ({ serial }) => [`/v2/${NAME}/blobs/sha256:${String(serial).padStart(64, '0')}`, headers],
};

let serial = 0;

/** Has requests of each kind reach upstream, resets their connections, and lets upstream answer. */
async function abortSome() {
  const held = holdBack();
  const asked = [];
  for (const [kind, way] of Object.entries(WAYS)) {
    for (let at = 0; at < OF_EACH; at += 1) {
      serial += 1;
      asked.push({ kind, ...(await sendToAbort(worker.url, ...way({ serial }))) });
    }
  }
  await until(() => held.requests() === OF_EACH * KINDS);
  await Promise.all(asked.filter(({ kind }) => kind === 'stream').map(({ began }) => began));
  for (const { reset } of asked) reset();
  // What it answers now, it answers after it was told of the resets.
  await send(worker.url, '/ping');
  held.release();
}

// Answers that wait; of a stream the beginning does not.
function holdBack() {
  const waiting = new Set();
  const asked = new Set();
  const hold = (part, well) => (request, response) => {
    // One of several names is enough to know that a token is under way.
    asked.add(part === 'release' ? request.url.match(/app(\d+)/)[1] : `${part} ${asked.size}`);
    if (request.url.includes('/blobs/')) {
      response.writeHead(200, { 'content-length': MIB });
      response.write(Buffer.alloc(2 ** 16));
    }
    waiting.add(() => well(request, response));
  };
  const registry = (request, response) =>
    request.url.includes('/blobs/') ? response.destroy() : response.writeHead(404).end();
  const { release } = upstream.answers;
  upstream.answers.release = hold('release', release);
  upstream.answers.registry = hold('registry', registry);
  return {
    requests: () => asked.size,
    release() {
      upstream.heal();
      for (const answer of waiting) answer();
    },
  };
}

async function until(holds) {
  while (!holds()) await sleep(10);
}

const abortedLines = () =>
  worker
    .output()
    .split('\n')
    .filter((line) => line.includes('"aborted":true'));

async function abortThousand() {
  const before = abortedLines().length;
  const batches = Math.ceil(1000 / (OF_EACH * KINDS));
  for (let at = 0; at < batches; at += 1) await abortSome();
  // Streams were answered before they were aborted.
  if (!process.env.BASE)
    await until(() => abortedLines().length - before === batches * OF_EACH * (KINDS - 1));
  const { bytes } = (await send(worker.url, '/inside')).json;
  return { wasm: bytes, process: residentBytes(worker.pid) };
}

test('2,000 aborted requests leave nothing behind, and each has its line in the log', async () => {
  const first = await abortThousand();
  const second = await abortThousand();
  const grown = (what) => ((second[what] - first[what]) / MIB).toFixed(1);
  console.log(
    `the second thousand: wasm memory grew by ${grown('wasm')} MiB, the process by ${grown('process')} MiB`,
  );
  assert.ok(second.wasm - first.wasm < 2 * MIB, `${first.wasm} bytes, then ${second.wasm}`);
  for (const line of abortedLines()) {
    const { route, status, request_id } = JSON.parse(line);
    assert.ok(['token', 'manifest'].includes(route), line);
    assert.ok(status >= 200 && request_id.length === 16, line);
  }
});
