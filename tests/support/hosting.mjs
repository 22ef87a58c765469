import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { bearer, send } from './http.mjs';
import { copyMigrated } from './migrated.mjs';
import { owner, registry } from './registry.mjs';
import { startWrangler } from './wrangler.mjs';

/** The operator's secret in tests. */
export const ADMIN_TOKEN = `bha_${'a secret for tests alone'.replaceAll(' ', '-')}-${'0'.repeat(16)}`;

// Where no upstream is needed, nothing listens: a call there would fail the test.
const NOWHERE = { REGISTRY_URL: 'http://127.0.0.1:9', API_URL: 'http://127.0.0.1:9' };

/**
 * For one test file: the built Worker with hosted repositories on local R2 and D1. Answers
 * `{ worker, url, host, start(vars), api(method, path, body, secret), account(), client() }`. `options`
 * are those of `startWrangler`.
 */
export async function hosting(vars = {}, { migrated = true, ...options } = {}) {
  const kept = mkdtempSync(join(tmpdir(), 'bhcr-hosting-'));
  if (migrated) await copyMigrated(kept);
  const running = [];
  after(async () => {
    for (const worker of running) await worker.stop();
    rmSync(kept, { recursive: true, force: true });
  });
  async function start(more = {}) {
    const settings = { ...NOWHERE, ADMIN_TOKEN, ...vars, ...more };
    const worker = await startWrangler(settings, { ...options, kept });
    running.push(worker);
    return worker;
  }
  const worker = await start();
  const { url } = worker;
  return { worker, url, host: new URL(url).host, kept, start, ...management(url) };
}

/**
 * For one test file about images: as `hosting`, with an account and its owner's images. Answers also
 * `{ mine, fresh() }`; each `fresh()` is the `registry` of an image that no other test has.
 */
export async function hostingImages() {
  const here = await hosting();
  const mine = await here.account();
  let serial = 0;
  const fresh = () => registry(here.url, `${mine.account}/images/r${++serial}`, owner(mine));
  return { ...here, mine, fresh };
}

/** The management API of a Worker. */
export function management(url) {
  /** A request as the operator, or with another secret; `null` is none. */
  async function api(method, path, body, secret = ADMIN_TOKEN) {
    const headers = { ...(secret === null ? {} : bearer(secret)) };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return send(url, `/api/v1${path}`, { method, headers, body: body === undefined ? body : text });
  }

  async function made(path, body, secret) {
    const reply = await api('POST', path, body, secret);
    if (reply.status !== 201) throw new Error(`${path}: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  /** A new account: `{ account, key }`. */
  const account = (body = {}) => made('/accounts', { name: 'for a test', ...body });

  /** A new client of an account: `{ id, secret, … }`. `grants` maps repositories to actions. */
  function client(owner, grants, body = {}) {
    const list = Object.entries(grants).map(([repository, actions]) => ({ repository, actions }));
    const path = `/accounts/${owner.account}/clients`;
    return made(path, { name: 'for a test', grants: list, ...body }, owner.key);
  }

  return { api, account, client, made };
}
