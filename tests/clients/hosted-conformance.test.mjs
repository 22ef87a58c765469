// The OCI conformance suite in full, on a hosted repository.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '../support/clients.mjs';
import { hosting } from '../support/hosting.mjs';
import { SUITE, wholeConformance } from './conformance.mjs';

const WORKFLOWS = ['Pull', 'Push', 'Content Discovery', 'Content Management'];
// What the suite skips by itself where a registry does what it asks for.
const SKIPS = [
  // Runs only where a registry refuses to mount without `from`.
  /should (get|return) 202/i,
];

const { skip } = needs(SUITE);
if (skip) test('OCI conformance of hosted repositories', { skip }, () => {});
else await define();

async function define() {
  const { host, account } = await hosting();
  const { account: name, key } = await account();
  const { cases, runs } = await wholeConformance({
    host,
    name: `${name}/conformance/one`,
    other: `${name}/other`,
    user: 'KEY',
    password: key,
  });

  test('the suite wrote its report', () => {
    for (const { files, output } of runs) assert.ok(files['junit.xml'], output);
  });
  for (const workflow of WORKFLOWS) {
    test(`the suite ran its cases of ${workflow}`, () => {
      const ran = cases.filter((one) => one.status === 'passed' && one.name.includes(workflow));
      assert.ok(ran.length > 0, cases.map((one) => `${one.status} ${one.name}`).join('\n'));
    });
  }
  for (const { name: title, status, about } of cases) {
    const expected = SKIPS.some((one) => one.test(title)) ? ['passed', 'skipped'] : ['passed'];
    test(title, () => assert.ok(expected.includes(status), `${status}: ${about}`));
  }
}
