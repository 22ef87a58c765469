// The table in docs/settings.md says what the code says: the same settings, ranges and defaults.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SETTINGS } from '../../dev/container/config.mjs';
import { filesUnder } from '../../dev/setup/files.mjs';
import { root } from '../../dev/setup/paths.mjs';

const NAME = /"([A-Z][A-Z0-9_]{3,})"/g;
const NUMBER = /"([A-Z_]+)",\s*([\d_]+),\s*([\d_]+),\s*([\d_]+),?\s*\)/g;
const ROW = /^\| `([A-Z0-9_]+)`([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm;

const config = filesUnder(join(root, 'src'))
  .filter((file) => /\/config(\.rs|\/)/.test(file))
  .map((file) => readFileSync(file, 'utf8'))
  .join('');
const section = readFileSync(join(root, 'docs', 'settings.md'), 'utf8');
const rows = new Map(
  [...section.matchAll(ROW)].map(([, name, kind, , range, value, why]) => [
    name,
    { kind, range, value, why },
  ]),
);
const numbers = [...config.matchAll(NUMBER)].map(([, name, ...digits]) => [
  name,
  ...digits.map((text) => text.replaceAll('_', '')),
]);

test('the table has every setting of the code, and no other', () => {
  const names = new Set([...config.matchAll(NAME)].map(([, name]) => name));
  const bindings = [...rows.keys()].filter((name) => rows.get(name).kind.includes('binding'));
  assert.ok(names.size > 10);
  assert.deepEqual([...rows.keys()].sort(), [...names, ...bindings].sort());
});

test('the container takes every setting of the code from its environment', () => {
  const names = new Set([...config.matchAll(NAME)].map(([, name]) => name));
  assert.deepEqual([...SETTINGS].sort(), [...names].sort());
});

test('there are settings that are numbers', () => assert.ok(numbers.length >= 8));

for (const [name, value, least, most] of numbers) {
  test(`${name} has the default and range of the code`, () => {
    const row = rows.get(name);
    assert.equal(row.value.trim(), value);
    assert.match(
      row.range,
      new RegExp(`^ (seconds|milliseconds|bytes|count), ${least} to ${most} $`),
    );
    assert.notEqual(row.why.trim(), '');
  });
}
