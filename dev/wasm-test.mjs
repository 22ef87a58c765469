#!/usr/bin/env node
// The tests of the real bindings, in WebAssembly under Node: node dev/wasm-test.mjs [test's name]
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cargoTool } from './setup/cargo-tools.mjs';
import { bin, local, root } from './setup/paths.mjs';
import { cargoEnv, rust } from './setup/rust.mjs';
import versions from './setup/versions.mjs';

// The runner puts the tests' JavaScript into a temporary folder; there it has to find packages.
const TMPDIR = join(local, 'tmp');
mkdirSync(TMPDIR, { recursive: true });

const { target } = versions.rust;
const { wasm } = await rust();
const runner = join(dirname(cargoTool('wasm-bindgen-cli')), 'wasm-bindgen-test-runner');
const variable = `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_RUNNER`;
const env = { ...cargoEnv(wasm, bin), TMPDIR, [variable]: runner };
const args = ['test', '--target', target, '--test', 'wasm', ...process.argv.slice(2)];
process.exitCode = spawnSync('cargo', args, { cwd: root, env, stdio: 'inherit' }).status ?? 1;
