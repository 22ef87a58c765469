// A short soak, and a soak for each planted fault, which it must find. A finding ends the run.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../support/run.mjs';

const SEED = '7';
const SOAK = fileURLToPath(new URL('../../dev/soak/index.mjs', import.meta.url));
const LAST = /^soak: requests=(\d+) faults=(\d+) checks=(\d+) violations=(\d+)$/;

const soak = (...args) => run(process.execPath, [SOAK, '--seed', SEED, ...args]);

function counted({ stdout }) {
  const [requests, faults, checks, violations] = stdout
    .trim()
    .split('\n')
    .at(-1)
    .match(LAST)
    .slice(1)
    .map(Number);
  return { requests, faults, checks, violations };
}

test('20 s of soak break no promise', async () => {
  const said = await soak('--seconds', '20');
  console.log(said.stdout.trim().split('\n').at(-1));
  const { requests, faults, checks, violations } = counted(said);
  assert.equal(violations, 0);
  assert.ok(requests > 200 && checks > 200 && faults > 5, said.stdout);
});

const FOUND = {
  'wrong-digest': /violation: .*the digest of another release/,
  leak: /violation: .*(private to others|is private|a private one)/,
  'wrong-blob': /violation: .*a redirect to what is not the blob/,
  'foreign-sibling': /violation: an index with what is no sibling/,
  'private-page': /violation: a page shows what is private/,
  stale: /violation: .*(older than its bound|was not found)/,
  'lost-blob': /violation: .*(a blob is lost|is missing)/,
  'early-collect': /violation: .*what was just pushed is gone/,
  'foreign-read': /violation: .*what is private was answered with (200|404)/,
};

for (const [plant, violation] of Object.entries(FOUND)) {
  test(`a planted fault is found: ${plant}`, async () => {
    const said = await soak('--seconds', '60', '--plant', plant).then(
      () => assert.fail('it ended well'),
      (error) => error,
    );
    assert.match(said.stdout, violation);
    assert.ok(counted(said).violations > 0);
  });
}
