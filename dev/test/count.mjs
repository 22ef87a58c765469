import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logs } from '../setup/paths.mjs';

/** Where the Node tests write their results, for `countTap`. */
export const tap = join(logs, 'node-tests.tap');

/** Adds up the results of every test program that cargo ran, from what cargo printed. */
export function countCargo({ said }) {
  const [passed, failed, skipped] = ['passed', 'failed', 'ignored'].map((word) =>
    sum(said, new RegExp(`^test result: .*?(\\d+) ${word}`, 'gm')),
  );
  return { passed, failed, skipped };
}

/** Reads the totals of the Node tests from their results file. */
export function countTap() {
  const said = readTap();
  // The totals are the last such lines: a test may print lines that look like them before.
  const last = (word) =>
    Number([...said.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  // Node counts a file in which no test ran, because of a name pattern, as one test that passed.
  const empty = [...said.matchAll(/^ok \d+ - \S+\.test\.mjs$/gm)].length;
  return {
    passed: last('pass') - empty,
    failed: last('fail') + last('cancelled'),
    skipped: last('skipped') + last('todo'),
  };
}

function readTap() {
  try {
    return readFileSync(tap, 'utf8');
  } catch {
    // The test runner did not start.
    return '';
  }
}

const sum = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
