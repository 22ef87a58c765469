#!/usr/bin/env node
// Runs cargo with the toolchain that set-up chose: node dev/cargo.mjs test|clippy|fmt|deny …
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { cargoDeny } from './setup/cargo-deny.mjs';
import { root } from './setup/paths.mjs';
import { cargoEnv, nativeRust } from './setup/rust.mjs';

const args = process.argv.slice(2);
const rust = await nativeRust();
const deny = args[0] === 'deny' ? await cargoDeny(rust) : undefined;
const env = cargoEnv(rust, ...(deny ? [dirname(deny)] : []));
process.exitCode = spawnSync('cargo', args, { cwd: root, env, stdio: 'inherit' }).status ?? 1;
