#!/usr/bin/env node
// Checks the formatting, lints and dependencies of both languages. `--write` formats instead.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { cargoDeny } from './setup/cargo-deny.mjs';
import { biome } from './setup/npm.mjs';
import { root } from './setup/paths.mjs';
import { cargoEnv, nativeRust } from './setup/rust.mjs';

const CHECK = [
  ['cargo', 'fmt', '--all', '--check'],
  ['cargo', 'clippy', '--quiet', '--all-targets', '--', '-D', 'warnings'],
  ['cargo', 'deny', '--log-level', 'error', 'check', 'bans', 'licenses', 'sources'],
  ['biome', 'check', '--error-on-warnings'],
];
const WRITE = [
  ['cargo', 'fmt', '--all'],
  ['biome', 'check', '--write'],
];

const isWrite = process.argv.includes('--write');
const bin = await biome();
const rust = await nativeRust();
const deny = isWrite ? undefined : await cargoDeny(rust);
const native = cargoEnv(rust, ...(deny ? [dirname(deny)] : []));
const env = { ...native, PATH: [bin, native.PATH].join(delimiter) };
const run = ([command, ...args], stdio) =>
  spawnSync(command, args, { cwd: root, env, stdio }).status;

/**
 * Whether a part of cargo is missing. Debian's Rust has neither rustfmt nor clippy: a contributor
 * may go without them. CI may not.
 */
function isAbsent([command, part]) {
  if (command !== 'cargo' || run(['cargo', part, '--version'], 'ignore') === 0) return false;
  console.log(`skipped: cargo ${part} (it is not installed)`);
  return true;
}

for (const lint of isWrite ? WRITE : CHECK) {
  if (isAbsent(lint) && process.env.CI !== 'true') continue;
  if (run(lint, 'inherit') !== 0) {
    console.error(`failed: ${lint.join(' ')}`);
    process.exitCode = 1;
  }
}
