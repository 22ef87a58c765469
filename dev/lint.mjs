#!/usr/bin/env node
// Formatting and lints of both languages; `--write` formats instead of complaining.
import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { npmPackages } from './setup/npm.mjs';
import { bin, root } from './setup/paths.mjs';
import { cargoEnv, nativeRust } from './setup/rust.mjs';

const CHECK = [
  ['cargo', 'fmt', '--check'],
  ['cargo', 'clippy', '--quiet', '--all-targets', '--', '-D', 'warnings'],
  ['biome', 'check', '--error-on-warnings'],
];
const WRITE = [
  ['cargo', 'fmt'],
  ['biome', 'check', '--write'],
];

await npmPackages();
const native = cargoEnv(await nativeRust());
const env = { ...native, PATH: [bin, native.PATH].join(delimiter) };
const run = ([command, ...args], stdio) =>
  spawnSync(command, args, { cwd: root, env, stdio }).status;

/** Debian's Rust has neither rustfmt nor clippy: there one may go without, CI may not. */
function absent([command, part]) {
  if (command !== 'cargo' || run(['cargo', part, '--version'], 'ignore') === 0) return false;
  console.log(`skipped: cargo ${part} (this toolchain does not have it)`);
  return true;
}

for (const lint of process.argv.includes('--write') ? WRITE : CHECK) {
  if (absent(lint) && process.env.CI !== 'true') continue;
  if (run(lint, 'inherit') !== 0) {
    console.error(`failed: ${lint.join(' ')}`);
    process.exitCode = 1;
  }
}
