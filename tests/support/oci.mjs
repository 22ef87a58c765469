import assert from 'node:assert/strict';

/** Checks that a reply is an OCI error with this status and code, and what every answer has. */
export function assertError(reply, status, code) {
  assert.equal(reply.status, status, reply.text);
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

/** The parameters of a Bearer challenge. */
export function challenge(reply) {
  const header = reply.headers['www-authenticate'];
  assert.match(header, /^Bearer /);
  return Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map((m) => m.slice(1)));
}
