import { readFileSync } from 'node:fs';

/** Adds up the results of every test program that cargo ran, from what cargo printed. */
export function countCargo({ said }) {
  const [passed, failed, skipped] = ['passed', 'failed', 'ignored'].map((word) =>
    sum(said, new RegExp(`^test result: .*?(\\d+) ${word}`, 'gm')),
  );
  return { passed, failed, skipped };
}

/** Reads the totals of a test file from its results. A failed process counts as a failed test. */
export function countTap(file, { ok }) {
  const said = readTap(file);
  // The totals are the last such lines: a test may print lines that look like them before.
  const last = (word) =>
    Number([...said.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  const failed = last('fail') + last('cancelled');
  return {
    passed: last('pass'),
    failed: failed === 0 && !ok ? 1 : failed,
    skipped: last('skipped') + last('todo'),
  };
}

/** Adds up what came of several files. */
export const countAll = (files) =>
  files.reduce(
    (total, file) => ({
      passed: total.passed + file.passed,
      failed: total.failed + file.failed,
      skipped: total.skipped + file.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );

function readTap(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process ended before it wrote results.
    return '';
  }
}

const sum = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
