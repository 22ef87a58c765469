#!/usr/bin/env node
// Runs the tests of the real bindings, in WebAssembly under Node: node dev/wasm-test.mjs [test name]
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { testRunner } from './setup/bindings.mjs';
import { npmPackages } from './setup/npm.mjs';
import { bin, local, root } from './setup/paths.mjs';
import { cargoEnv, rust } from './setup/rust.mjs';
import versions from './setup/versions.mjs';

// The runner writes the tests' JavaScript into a temporary folder. It has to be inside the project:
// from elsewhere, Node would not find node_modules.
const TMPDIR = join(local, 'tmp');
mkdirSync(TMPDIR, { recursive: true });

const { target } = versions.rust;
await npmPackages();
const { native, wasm } = await rust();
const runner = await testRunner(native);
const variable = `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_RUNNER`;
const env = { ...cargoEnv(wasm, bin), TMPDIR, [variable]: runner };
const args = ['test', '--target', target, '--test', 'wasm', ...process.argv.slice(2)];
process.exitCode = spawnSync('cargo', args, { cwd: root, env, stdio: 'inherit' }).status ?? 1;
