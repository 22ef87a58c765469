// Clients that go on sending a body that was refused.

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { hosting } from '../support/hosting.mjs';

const { url } = await hosting();

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
