import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHostedWorker } from '../support/hosted-worker.mjs';
import { send } from '../support/http.mjs';
import { residentBytes } from '../support/process.mjs';
import { layer, path, sendBody, withDigest } from '../support/pushing.mjs';
import { buildTestWorker } from '../support/test-worker.mjs';

const MB = 1e6;
const BUDGET = 80 * MB;
const LAYER = 200 * MB;
const [PUSHES, FAST] = [20, 4];
// None of them has more streams than its share of buffers.
const images = [5, 6, 7, 8].map((at) => `/v2/acc-1234${at}/app`);
// A client that is told to come again for so long fails.
const options = { timeout: 10 * 60_000 };

let worker;
before(async () => {
  worker = await startHostedWorker(await buildTestWorker());
});
after(() => worker?.stop());

/**
 * Watches the Worker's process, and gives the most that it held above what it holds at rest. What
 * nobody uses is collected all the time, as it is where an isolate comes near its limit.
 */
function watch() {
  const rest = residentBytes(worker.pid);
  let most = rest;
  const look = setInterval(() => {
    most = Math.max(most, residentBytes(worker.pid));
  }, 20);
  const collect = setInterval(() => send(worker.url, '/gc').catch(() => {}), 250);
  return () => {
    clearInterval(look);
    clearInterval(collect);
    return most - rest;
  };
}

async function push(image, blob, { known, pause }) {
  for (;;) {
    const begun = await send(worker.url, `${image}/blobs/uploads/`, { method: 'POST' });
    const length = known ? blob.length : undefined;
    const options = { method: 'PATCH', pieces: blob.from(), length, pause };
    const patched = await sendBody(worker.url, path(begun), options).catch(comeAgain);
    // As clients do that are told to come again.
    if (patched.status === 503) {
      await sleep(500);
      continue;
    }
    assert.equal(patched.status, 202, patched.text);
    const where = withDigest(path(patched), blob.digest());
    const done = await sendBody(worker.url, where, { method: 'PUT', pieces: [], length: 0 });
    assert.equal(done.status, 201, done.text);
    return;
  }
}

/** The answer came, and the connection ended, while the client was still sending. */
function comeAgain(error) {
  if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') throw error;
  return { status: 503 };
}

for (const known of [true, false]) {
  const kind = known ? 'of known length' : 'in chunked encoding';
  test(
    `twenty simultaneous pushes ${kind}, most of them slow, stay within memory`,
    options,
    async (context) => {
      // What is loaded once and kept is no part of a push.
      await push(images[0], layer(10 * MB, known ? 1 : 2), { known });
      const grown = watch();
      const pushes = Array.from({ length: PUSHES }, async (_, at) => {
        const blob = layer(LAYER, (known ? 10 : 50) + at);
        await push(images[at % images.length], blob, { known, pause: at < FAST ? 0 : 100 });
        console.log(`push ${at} is done`);
      });
      await Promise.all(pushes);
      const most = grown();
      context.diagnostic(`${(most / MB).toFixed(1)} MB above rest`);
      assert.ok(most <= BUDGET, `${(most / MB).toFixed(1)} MB above rest`);
    },
  );
}
