import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conformance, FORMS } from './conformance.mjs';
import { find, INDEX, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

await suite('OCI conformance', { programs: FORMS }, async ({ upstream, redirects, streams }) => {
  const storages = {
    'storage that redirects': [redirects, INDEX],
    'a registry that streams, private': [streams, SECRET],
  };
  const results = [];
  for (const form of FORMS) {
    for (const [where, [url, name]] of Object.entries(storages)) {
      results.push([`${form}, ${where}`, await conformance(form, settings(upstream, url, name))]);
    }
  }
  for (const [title, result] of results) describe(title, () => checks(result));
});

function checks({ cases, runs, groups, impossible }) {
  const reason = (name) => Object.entries(impossible).find(([end]) => name.endsWith(end))?.[1];

  test('every run wrote its report', () => {
    for (const { files, output } of runs) assert.ok(files['junit.xml'], output);
  });
  for (const [group, pattern] of Object.entries(groups)) {
    test(`the suite ran its cases of ${group}`, () => {
      const passed = cases.filter((one) => pattern.test(one.name) && one.status === 'passed');
      assert.ok(passed.length > 0, cases.map(({ name, status }) => `${status} ${name}`).join('\n'));
    });
  }
  for (const { name, status, about } of cases.filter((one) => one.status !== 'skipped')) {
    test(name, { skip: reason(name) }, () => assert.equal(status, 'passed', about));
  }
}

function settings({ seed, credentials }, url, name) {
  const { digest, platforms } = find(seed.releases, name);
  return {
    host: new URL(url).host,
    name,
    digests: [...new Set([digest, ...platforms.map((platform) => platform.digest)])],
    blobs: platforms
      .flatMap(({ config, layers }) => [config, ...layers])
      .map((blob) => blob.digest),
    password: credentials.owner.apiKey,
  };
}
