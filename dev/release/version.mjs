import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../setup/files.mjs';
import { root } from '../setup/paths.mjs';
import { output } from '../setup/run.mjs';

/** The version of bhcr. Throws if a file says another one. */
export function version() {
  const found = {
    'package.json': readJson(join(root, 'package.json')).version,
    'package-lock.json': readJson(join(root, 'package-lock.json')).version,
    'Cargo.toml': inToml('Cargo.toml'),
    'Cargo.lock': inToml('Cargo.lock'),
  };
  if (new Set(Object.values(found)).size > 1) {
    const each = Object.entries(found).map(([file, said]) => `${file} has ${said}`);
    throw new Error(`the version of bhcr is not the same everywhere: ${each.join(', ')}`);
  }
  return found['package.json'];
}

const inToml = (file) =>
  readFileSync(join(root, file), 'utf8').match(/^name = "bhcr"\nversion = "(.+)"$/m)?.[1];

/** When the commit was made, in seconds since 1970: packed files have this time, on every machine. */
export function commitTime() {
  const time = process.env.SOURCE_DATE_EPOCH ?? output('git', ['log', '-1', '--format=%ct']);
  if (!/^\d+$/.test(time)) throw new Error('set SOURCE_DATE_EPOCH: this is no clone of git');
  return Number(time);
}
