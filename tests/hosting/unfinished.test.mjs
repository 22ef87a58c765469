// The store of a device: an upload in parts that nobody ends is gone after seven days, as on R2.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHostedWorker } from '../support/hosted-worker.mjs';
import { layer, sendBody } from '../support/pushing.mjs';
import { startR2 } from '../support/r2.mjs';
import { bundleTestWorker } from '../support/test-worker.mjs';

const PART = 5 << 20;
const DAY = 24 * 60 * 60_000;
const dir = mkdtempSync(join(tmpdir(), 'bhcr-unfinished-'));

let r2;
let worker;
before(async () => {
  r2 = await startR2(dir);
  worker = await startHostedWorker({ js: bundleTestWorker('intake') }, async () => r2.address);
});
after(async () => {
  await worker?.stop();
  await r2?.stop();
  rmSync(dir, { recursive: true });
});

/** Stores two parts of an upload, and never ends it. */
async function leave(key) {
  const { length, from } = layer(2 * PART);
  const { text } = await sendBody(worker.url, key, { method: 'PATCH', pieces: from(), length });
  const { end, etags } = JSON.parse(text);
  assert.deepEqual([end, etags.length], ['whole', 2]);
}

/** Works on what the store keeps while nobody runs it; the store looks at it when it starts. */
async function meanwhile(work) {
  await r2.stop();
  const folder = join(dir, 'objects', 'miniflare-R2BucketObject');
  const [file] = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  const database = new DatabaseSync(join(folder, file));
  const done = work(database);
  database.close();
  r2 = await startR2(dir);
  return done;
}

/** The keys of the uploads that can go on. */
const open = () =>
  meanwhile((database) =>
    database
      .prepare('select key from _mf_multipart_uploads where state = 0 order by key')
      .all()
      .map(({ key }) => key),
  );

const files = () => readdirSync(join(dir, 'objects', 'objects', 'blobs')).length;

const seen = (key, days) =>
  meanwhile((database) =>
    database
      .prepare(
        `update seen_uploads set seen = seen - ?
         where upload_id in (select upload_id from _mf_multipart_uploads where key = ?)`,
      )
      .run(days * DAY, key),
  );

test('an upload that nobody ends is gone after seven days, and no other', async () => {
  await leave('/older');
  await leave('/younger');
  assert.deepEqual([await open(), files()], [['/older', '/younger'], 4]);
  assert.equal((await seen('/younger', 6)).changes, 1);
  assert.equal((await seen('/older', 7)).changes, 1);
  for (let tries = 0; files() > 2 && tries < 100; tries += 1) await sleep(50);
  assert.deepEqual([await open(), files()], [['/younger'], 2]);
});
