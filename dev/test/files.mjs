import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { filesUnder } from '../setup/files.mjs';
import { root } from '../setup/paths.mjs';

const all = () =>
  filesUnder(join(root, 'tests'))
    .filter((file) => file.endsWith('.test.mjs'))
    .map((file) => relative(root, file));

/**
 * The test files that words select, relative to the root: a word is a file, or a part of the paths
 * of some. Without words, all. Throws if a word selects nothing, because a run without a test would
 * look like a success.
 */
export const testFiles = (words) =>
  words.length === 0 ? all() : [...new Set(words.flatMap(selected))];

/**
 * The beginnings of files that run alone, because other work would disturb them: they measure memory,
 * processor time or pace, or keep both processors busy themselves.
 */
export const ALONE = ['tests/clients/container.', 'tests/hosting/', 'tests/http/'];

/** Whether no other test file may run beside this one. */
export const isAlone = (file) => ALONE.some((start) => file.startsWith(start));

function selected(word) {
  if (word.endsWith('.mjs') && existsSync(word)) return [relative(root, join(process.cwd(), word))];
  const found = all().filter((file) => file.includes(word));
  if (found.length === 0) {
    throw new Error(`no test file has ${JSON.stringify(word)} in its path; see npm test -- --help`);
  }
  return found;
}
