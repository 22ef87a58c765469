import assert from 'node:assert/strict';

/** Checks the status of a reply. The message says which request it was, and how the answer begins. */
export function assertStatus(reply, status) {
  assert.equal(reply.status, status, `expected ${status}: ${reply.about}`);
}

/** Checks that a reply is an OCI error with this status and code, and the headers of every error. */
export function assertError(reply, status, code) {
  assertStatus(reply, status);
  assert.equal(reply.headers['content-type'], 'application/json');
  assert.equal(reply.headers['x-content-type-options'], 'nosniff');
  assert.equal(reply.headers['cache-control'], 'no-store');
  assert.match(reply.headers['x-request-id'], /^[0-9a-f]{16}$/);
  assert.deepEqual(Object.keys(reply.json), ['errors']);
  const [error] = reply.json.errors;
  assert.equal(error.code, code);
  assert.ok(error.message.length > 10, error.message);
  return error.message;
}

/** Checks that a reply of the management API refuses this field of the request. */
export function assertField(reply, status, field) {
  assertStatus(reply, status);
  const [error] = reply.json.errors;
  assert.equal(error.detail?.field, field, reply.about);
  assert.ok(error.message.includes(field), error.message);
}

/** The parameters of a Bearer challenge. */
export function challenge(reply) {
  const header = reply.headers['www-authenticate'];
  assert.match(header, /^Bearer /);
  return Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map((m) => m.slice(1)));
}
