// A gateway in wrangler dev, which stands before the Worker with headers of its own.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { bearer, pull, send, token } from '../support/http.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { redirecting, startTestUpstream } from '../support/upstream.mjs';
import { startWrangler } from '../support/wrangler.mjs';

const NAME = 'acme/secret';
const upstream = await startTestUpstream();
const GATEWAY_TOKEN = upstream.credentials.owner.apiKey;
const worker = await startWrangler({ ...redirecting(upstream), GATEWAY_TOKEN });
after(async () => {
  await worker.stop();
  await upstream.stop();
});

const pulls = async (headers = {}) => {
  const value = await token(worker.url, [pull(NAME)], { headers });
  const path = `/v2/${NAME}/manifests/latest`;
  return send(worker.url, path, { headers: { ...headers, ...bearer(value) } });
};

test('a caller without a credential pulls the private application', async () => {
  assertStatus(await pulls(), 200);
});

test('a caller behind a proxy does not', async () => {
  assertError(await pulls({ 'x-forwarded-for': '203.0.113.7' }), 403, 'DENIED');
});

test('a request with the mark of Cloudflare is refused', async () => {
  const headers = { 'cf-ray': '8a1b2c3d4e5f-FRA' };
  const told = assertError(await send(worker.url, '/v2/', { headers }), 500, 'UNKNOWN');
  assert.match(told, /GATEWAY_TOKEN/);
  assertStatus(await send(worker.url, '/healthz', { headers }), 503);
});
