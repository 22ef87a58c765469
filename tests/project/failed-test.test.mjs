// What a failed test prints: which request it was about, the Worker's log, and no credential.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { root } from '../../dev/setup/paths.mjs';
import { redact } from '../support/redact.mjs';
import { run } from '../support/run.mjs';

const fixture = fileURLToPath(new URL('../support/fixtures/failing.mjs', import.meta.url));
const { NODE_TEST_CONTEXT: _, ...env } = process.env;
const failed = await run(process.execPath, ['--test', '--test-reporter=spec', fixture], {
  env,
}).then(
  () => assert.fail('the fixture passed'),
  (error) => error.output,
);
const [line] = failed.match(/SECRETS [0-9a-f]+/);
const secrets = JSON.parse(Buffer.from(line.split(' ')[1], 'hex'));
const printed = failed.replace(line, '');

test('every test of the fixture fails', () => assert.match(printed, /^ℹ fail 4$/m));

test('the assertion names the request, the answer and what was expected', () => {
  const about =
    'GET http://127\\.0\\.0\\.1:\\d+/v2/acme/secret/1\\.0\\.0/manifests/latest answered 200';
  assert.match(printed, new RegExp(`AssertionError.*expected 404: ${about}`));
});

test('the last requests are printed, with their answers', () => {
  assert.match(printed, /GET http:\S+\/auth\/v1\/token\?scope=\S+ answered 200\n/);
});

test("the Worker's log is printed, with the file that has all of it", () => {
  const [, file] = /log of Worker 1, whole in (\S+\.log):\n +\{"request_id":"/.exec(printed);
  assert.match(readFileSync(join(root, file), 'utf8'), /"route":"manifest"/);
});

test('no credential or token is printed', () => {
  assert.equal(secrets.length, 3);
  for (const secret of secrets) {
    assert.ok(secret.length >= 32);
    assert.ok(!printed.includes(secret.slice(0, 24)));
  }
});

const SHOWN = [
  'sha256:866c279e0c3f7a7a866c279e0c3f7a7a866c279e0c3f7a7a866c279e0c3f7a7a',
  `sha512:${'0a'.repeat(64)}`,
  `balenablocks/${'a-long-name-'.repeat(12)}`,
  'Bearer realm="https://bhcr.io/auth/v1/token",service="bhcr.io"',
];
for (const text of SHOWN) {
  test(`shown as it is: ${text.slice(0, 40)}`, () => assert.equal(redact(text), text));
}
