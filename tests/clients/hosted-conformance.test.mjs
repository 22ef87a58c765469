// The OCI conformance suite in full, on a hosted repository.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs } from '../support/clients.mjs';
import { hosting } from '../support/hosting.mjs';
import { FORMS, wholeConformance } from './conformance.mjs';

const { skip } = needs(...FORMS);
if (skip) test('OCI conformance of hosted repositories', { skip }, () => {});
else await define();

async function define() {
  const { host, account } = await hosting();
  const { account: name, key } = await account();
  const results = [];
  for (const form of FORMS) {
    const result = await wholeConformance(form, {
      host,
      name: `${name}/${form}/one`,
      other: `${name}/${form}/other`,
      user: 'KEY',
      password: key,
    });
    results.push([form, result]);
  }
  for (const [form, result] of results) {
    describe(`${form} of hosted repositories`, () => checks(result));
  }
}

function checks({ cases, runs, workflows, skips }) {
  test('the suite wrote its report', () => {
    for (const { files, output } of runs) assert.ok(files['junit.xml'], output);
  });
  for (const [workflow, pattern] of Object.entries(workflows)) {
    test(`the suite ran its cases of ${workflow}`, () => {
      const ran = cases.filter((one) => one.status === 'passed' && pattern.test(one.name));
      assert.ok(ran.length > 0, cases.map((one) => `${one.status} ${one.name}`).join('\n'));
    });
  }
  const reason = (title) => Object.entries(skips).find(([end]) => title.endsWith(end))?.[1];
  for (const { name: title, status, about } of cases) {
    test(title, { skip: status === 'skipped' && reason(title) }, () =>
      assert.equal(status, 'passed', about),
    );
  }
}
