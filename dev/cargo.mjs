#!/usr/bin/env node
// cargo with the toolchain that set-up chose: node dev/cargo.mjs test|clippy|fmt …
import { spawnSync } from 'node:child_process';
import { root } from './setup/paths.mjs';
import { cargoEnv, nativeRust } from './setup/rust.mjs';

const env = cargoEnv(await nativeRust());
const done = spawnSync('cargo', process.argv.slice(2), { cwd: root, env, stdio: 'inherit' });
process.exitCode = done.status ?? 1;
