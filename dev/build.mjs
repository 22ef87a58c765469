#!/usr/bin/env node
// Builds the Worker into build/, if a file that goes into it has changed since the last build. Fails
// if the Worker is over its budget; with `--warn` it only says so.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { kilobytes, milliseconds, overBudget } from './budget.mjs';
import { compile } from './compile.mjs';
import { cargoTools } from './setup/cargo-tools.mjs';
import { filesUnder, readJson, writeJson } from './setup/files.mjs';
import { npmPackages } from './setup/npm.mjs';
import { local, root } from './setup/paths.mjs';
import { rust } from './setup/rust.mjs';
import { builtFiles, builtSizes } from './size.mjs';
import { startMs } from './startup.mjs';

const stamp = join(local, 'build.json');
const outputs = Object.values(builtFiles);

/** A digest of all sources of the Worker, and of the tools and scripts that build and measure it. */
function inputsDigest(toolchain) {
  const digest = createHash('sha256').update(JSON.stringify(toolchain));
  const names = ['Cargo.toml', 'Cargo.lock', 'package-lock.json', 'dev/setup/versions.json'];
  const files = [...names, '.cargo/config.toml', 'dev/compile.mjs', 'dev/startup.mjs']
    .map((name) => join(root, name))
    .filter(existsSync);
  for (const file of [...filesUnder(join(root, 'src')), ...files]) {
    digest.update(`\n${relative(root, file)}\n`).update(readFileSync(file));
  }
  return digest.digest('hex');
}

const outputsDigest = () =>
  outputs.map((file) => createHash('sha256').update(readFileSync(file)).digest('hex')).join();

function upToDate(inputs) {
  const last = readJson(stamp);
  return last?.inputs === inputs && outputs.every(existsSync) && last.outputs === outputsDigest();
}

function report(figures) {
  const [total, wasm, js] = [figures.total, figures.wasm, figures.js].map(kilobytes);
  const size = `${total} gzipped (wasm ${wasm}, js ${js})`;
  console.log(`build/index.js: ${size}, ${milliseconds(figures.startMs)} to start`);
  for (const problem of overBudget(figures)) {
    console.error(problem);
    if (!process.argv.includes('--warn')) process.exitCode = 1;
  }
}

try {
  await npmPackages();
  const { native, wasm } = await rust();
  await cargoTools(native);
  const inputs = inputsDigest(wasm);
  if (!upToDate(inputs)) {
    await compile(wasm);
    const figures = { ...builtSizes(), startMs: await startMs(outputs) };
    writeJson(stamp, { inputs, outputs: outputsDigest(), figures });
  }
  report(readJson(stamp).figures);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
