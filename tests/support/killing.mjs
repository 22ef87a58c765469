// A Worker whose process is killed before and after each call that it makes to R2 and D1, and is started
// again on the same store.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { startHolding } from './holding.mjs';
import { startStore } from './hosted-store.mjs';
import { ADMIN_TOKEN, management } from './hosting.mjs';
import { bearer, send } from './http.mjs';
import { digestOf } from './registry.mjs';
import { startWorkerd } from './workerd.mjs';

// More sides than any request here has.
const MOST_SIDES = 60;
const NOWHERE = { REGISTRY_URL: 'http://127.0.0.1:9', API_URL: 'http://127.0.0.1:9' };

export const store = await startStore();
const holding = await startHolding(store);
const start = () => startWorkerd({ ADMIN_TOKEN, ...NOWHERE }, { hosted: holding });
let worker = await start();
let next = start();
after(async () => {
  await end(worker);
  await end(await next);
  await holding.stop();
  await store.stop();
});

/** All accounts that requests were made for. */
export const accounts = [];
/** The account that requests are made for. */
export let mine;
let serial = 0;

async function end(one) {
  process.kill(one.pid, 'SIGKILL');
  await one.stop();
}

async function replaceWorker() {
  await end(worker);
  worker = await next;
  next = start();
}

/** Makes a new account the one that requests are made for. */
export async function newAccount() {
  actFor(await management(worker.url).account());
  accounts.push(mine);
}

/** Makes requests for an account of before. */
export function actFor(account) {
  mine = account;
}

/** A request of the owner, by a path below the image or a whole one. */
export async function ask(method, path, { headers, body = '' } = {}) {
  const isChunked = headers?.['transfer-encoding'];
  const length = isChunked ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
  const all = { ...bearer(mine.key), ...length, ...headers };
  return send(worker.url, path, { method, headers: all, body });
}

export const put = (image, reference, text) =>
  ask('PUT', `${image}/manifests/${reference}`, {
    headers: { 'content-type': JSON.parse(text).mediaType },
    body: text,
  });

export async function push(image, bytes) {
  const pushed = await ask('POST', `${image}/blobs/uploads/?digest=${digestOf(bytes)}`, {
    body: bytes,
  });
  assert.equal(pushed.status, 201, pushed.text);
}

/** All problems that the pages of an operation tell; nothing else may be answered. */
export async function pages(operation, body = {}) {
  const problems = [];
  let cursor;
  do {
    const headers = { 'content-type': 'application/json' };
    const asked = JSON.stringify({ ...body, ...(cursor && { cursor }) });
    const path = `/api/v1/accounts/${mine.account}/${operation}`;
    const { status, text, json } = await ask('POST', path, { headers, body: asked });
    assert.equal(status, 200, text);
    problems.push(...json.problems);
    ({ cursor } = json);
  } while (cursor);
  return problems;
}

export const age = (seconds) =>
  store.run(
    `update candidates set since = since - ${seconds}`,
    `update trash set due = due - ${seconds}`,
    `update uploads set expires = expires - ${seconds}`,
  );

/**
 * Kills the Worker at each side of each call that `act` causes, and has it tried `again`. `before`
 * makes what it needs in an image, and `holds` tells what is true in the end.
 */
export async function survives({ before = async () => {}, act, again = act, holds }) {
  await newAccount();
  for (let sides = 0; sides < MOST_SIDES; sides += 1) {
    serial += 1;
    const image = `/v2/${mine.account}/kills/image-${serial}`;
    // So that the Worker knows the caller: what is counted are the calls of the work itself.
    await ask('GET', `${image}/tags/list`);
    const made = await before(image);
    const reached = holding.hold(sides).then(() => 'reached');
    const trying = act(image, made).then(() => 'done');
    if ((await Promise.race([reached, trying])) === 'done') {
      holding.drop();
      await holds(image, made);
      return assert.ok(sides > 0, 'no call was made');
    }
    await Promise.all([assert.rejects(trying), replaceWorker()]);
    holding.drop();
    await again(image, made);
    await holds(image, made);
    assert.deepEqual(await pages('check'), [], `after ${sides} sides`);
  }
  assert.fail('the request does not end');
}

export async function has(path, bytes) {
  const found = await ask('GET', path);
  assert.equal(found.status, 200, `${path}: ${found.text}`);
  assert.equal(digestOf(found.body), digestOf(bytes), path);
}

export const isGone = async (path) => assert.equal((await ask('GET', path)).status, 404, path);

/** An answer that has one of these statuses. */
export async function answered(statuses, asked) {
  const reply = await asked;
  assert.ok(statuses.includes(reply.status), `${reply.status} ${reply.text}`);
  return reply;
}
