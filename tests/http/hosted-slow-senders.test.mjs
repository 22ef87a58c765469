// Clients that send slowly, or not at all, or go on sending a body that was refused.

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { hosting } from '../support/hosting.mjs';
import { bearer } from '../support/http.mjs';
import { andSilence, path, sendBody } from '../support/pushing.mjs';
import { owner, registry } from '../support/registry.mjs';

const PART = 5 << 20;
// How many bodies of unknown length an account sends at once.
const SHARE = 5;

const { url, account } = await hosting();

/** Sends one byte of a body that never ends. Answers the status, once the Worker has answered. */
function sendForEver(method, path) {
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}${path}`, { method });
    request.once('response', ({ statusCode }) => {
      resolve(statusCode);
      request.destroy();
    });
    request.once('error', reject);
    request.write('x');
  });
}

// Otherwise a stranger could hold requests open without a credential.
test('a stranger is refused although the body has not ended', { timeout: 60_000 }, async () => {
  const rows = [
    ['POST', '/v2/acc-abcde/app/blobs/uploads/'],
    ['PUT', '/v2/acc-abcde/app/manifests/latest'],
    ['POST', '/api/v1/accounts'],
  ];
  for (const [method, path] of rows) assert.equal(await sendForEver(method, path), 401, path);
});

/** Pushes to an image of a new account. */
async function pusher() {
  const mine = await account();
  const here = registry(url, `${mine.account}/app`, owner(mine));
  const headers = bearer(await here.token());
  const begin = async () => path(await here.start());
  const send = (where, pieces, more = {}) =>
    sendBody(url, where, {
      method: 'PATCH',
      pieces,
      ...more,
      headers: { ...headers, ...more.headers },
    });
  return { ...here, begin, send };
}

test('one account leaves buffers to others', { timeout: 120_000 }, async () => {
  const [greedy, other] = [await pusher(), await pusher()];
  let enough = false;
  // A pace that is waited for.
  async function* slowly() {
    while (!enough) {
      yield Buffer.alloc(64 * 1024);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  const answers = [];
  for (let at = 0; at <= SHARE; at += 1) answers.push(greedy.send(await greedy.begin(), slowly()));
  const refused = await Promise.race(answers);
  assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '5'], refused.text);
  const served = await other.send(await other.begin(), [Buffer.from('other')]);
  assert.equal(served.status, 202, served.text);
  const known = await greedy.send(await greedy.begin(), [Buffer.from('known')], { length: 5 });
  assert.equal(known.status, 202, 'a known length needs no buffer');
  enough = true;
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  assert.deepEqual(statuses.sort(), [...Array(SHARE).fill(202), 503]);
  const again = await greedy.send(await greedy.begin(), [Buffer.from('again')]);
  assert.equal(again.status, 202, 'buffers come back');
});

test('a client that falls silent is not waited for', { timeout: 120_000 }, async () => {
  const { begin, send } = await pusher();
  const where = await begin();
  const late = await send(where, andSilence([Buffer.alloc(PART), Buffer.from('more')]));
  assert.deepEqual([late.status, late.headers.range], [408, `0-${PART - 1}`], late.text);
  assert.equal(JSON.parse(late.text).errors[0].code, 'BLOB_UPLOAD_INVALID');
  // The Location of the answer says where to go on, so that Content-Range need not.
  const rest = await send(path(late), [Buffer.from('more')], { length: 4 });
  assert.deepEqual([rest.status, rest.headers.range], [202, `0-${PART + 3}`], rest.text);
  const range = { 'content-range': `${PART + 4}-${PART + 7}` };
  const last = await send(path(rest), [Buffer.from('more')], { length: 4, headers: range });
  assert.deepEqual([last.status, last.headers.range], [202, `0-${PART + 7}`], last.text);
});
