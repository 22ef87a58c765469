import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { logs, root } from '../../dev/setup/paths.mjs';
import { redact } from './redact.mjs';

const LINES = 10;
const workers = [];

/** From now on, a failed test prints what this Worker logged. `output()` is its log so far. */
export const watchLog = (output) => workers.push({ output, mark: 0 });

/** Begins a test: if it fails, it prints only what the Workers log from now on. */
export function markLogs() {
  for (const worker of workers) worker.mark = worker.output().length;
}

/**
 * What the Workers logged during the test, as texts: the last lines of each, and the file that has
 * its whole log.
 */
export const describeLogs = () => workers.map(describe).filter((text) => text !== undefined);

function describe({ output, mark }, index) {
  const log = output();
  const lines = log.slice(mark).trimEnd().split('\n').slice(-LINES);
  if (lines.join('') === '') return undefined;
  const file = write(
    `${basename(process.argv[1]).replace(/(\.test)?\.mjs$/, '')}-worker-${index + 1}.log`,
    log,
  );
  return redact([`log of Worker ${index + 1}, whole in ${file}:`, ...lines].join('\n    '));
}

function write(name, log) {
  mkdirSync(logs, { recursive: true });
  const file = join(logs, name);
  writeFileSync(file, redact(log));
  return relative(root, file);
}
