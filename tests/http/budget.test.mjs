// What the build prints about a Worker that is too large or starts too slowly.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { BUDGET, kilobytes, overBudget } from '../../dev/budget.mjs';
import { builtFiles, builtSizes } from '../../dev/size.mjs';
import { startMs } from '../../dev/startup.mjs';

const { total, startMs: most } = BUDGET;
const LARGE = total + 20_500;
const SIZE = new RegExp(
  `^${kilobytes(LARGE)} gzipped is 20\\.5 kB over the budget of ${kilobytes(total)}\\.\n.*twiggy.*\n.*cargo tree`,
);
const START = /^61 ms to start is 21 ms over the budget of 40 ms\.\n.*first request/;

const rows = [
  ['a small Worker', { total: 1, startMs: 0 }, []],
  ['a Worker just within its budget', { total, startMs: most }, []],
  [
    'a Worker with one byte too many',
    { total: total + 1, startMs: 0 },
    [/^[\d.]+ kB gzipped is 0\.1 kB over/],
  ],
  ['a large Worker', { total: LARGE, startMs: 0 }, [SIZE]],
  ['a slow start', { total: 1, startMs: 60.4 }, [START]],
  ['a large Worker with a slow start', { total: LARGE, startMs: 60.4 }, [SIZE, START]],
];

for (const [what, figures, told] of rows) {
  test(`${what}: ${told.length} problems`, () => {
    const problems = overBudget(figures);
    assert.equal(problems.length, told.length);
    for (const [at, problem] of problems.entries()) {
      assert.match(problem, told[at]);
      assert.match(problem, /raise the budget in dev\/budget\.mjs/);
    }
  });
}

const dir = mkdtempSync(join(tmpdir(), 'bhcr-budget-'));
after(() => rmSync(dir, { recursive: true }));

function worker(text) {
  const file = join(dir, 'index.js');
  writeFileSync(file, text);
  return [file];
}

test('the built Worker is within its budget', async () => {
  const start = await startMs(Object.values(builtFiles));
  assert.ok(start > 0);
  assert.deepEqual(overBudget({ ...builtSizes(), startMs: start }), []);
});

test('work in the global scope counts as time to start', async () => {
  const busy = 'let sum = 0; for (let at = 0; at < 4e8; at += 1) sum += at % 7;';
  assert.ok((await startMs(worker(busy))) > most);
});

test('for a Worker that does not start, measuring fails', async () => {
  await assert.rejects(startMs(worker("throw new Error('at once');")), /at once/);
});
