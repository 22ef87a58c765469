// The OCI conformance suite in full, on a hosted repository.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '../support/clients.mjs';
import { hosting } from '../support/hosting.mjs';
import { SUITE, wholeConformance } from './conformance.mjs';

const WORKFLOWS = ['Pull', 'Push', 'Content Discovery', 'Content Management'];
// What the suite itself skips, and why.
const SKIPPED = {
  'Pull Setup Get tag name from environment': 'the suite pushes what it pulls',
  'Populate registry with test tags (no push)': 'the suite pushes what it lists',
  'Cross-mounting of nonexistent blob should yield session id':
    'the blob that is mounted before exists, and was mounted',
  'Cross-mounting without from, and automatic content discovery disabled should return a 202':
    'automatic content discovery is enabled',
};

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
  const reason = (title) => Object.entries(SKIPPED).find(([end]) => title.endsWith(end))?.[1];
  for (const { name: title, status, about } of cases) {
    test(title, { skip: status === 'skipped' && reason(title) }, () =>
      assert.equal(status, 'passed', about),
    );
  }
}
