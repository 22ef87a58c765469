import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startHostedWorker } from '../support/hosted-worker.mjs';
import { send } from '../support/http.mjs';
import { buildTestWorker } from '../support/test-worker.mjs';

let worker;
before(async () => {
  worker = await startHostedWorker(await buildTestWorker());
});
after(() => worker?.stop());

test('the local R2 keeps the promises of all objects', async () => {
  const reply = await send(worker.url, '/contract/objects');
  assert.equal(reply.status, 200, `${reply.body}\n${worker.output()}`);
});
