#!/usr/bin/env node
// Builds the Worker into build/, when something that goes into it has changed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { kilobytes, milliseconds, overBudget } from './budget.mjs';
import { cargoTool, cargoTools } from './setup/cargo-tools.mjs';
import { filesUnder, readJson, writeJson } from './setup/files.mjs';
import { npmPackages } from './setup/npm.mjs';
import { bin, local, root } from './setup/paths.mjs';
import { step } from './setup/run.mjs';
import { cargoEnv, rust } from './setup/rust.mjs';
import { builtFiles, builtSizes } from './size.mjs';
import { startMs } from './startup.mjs';

const stamp = join(local, 'build.json');
const outputs = Object.values(builtFiles);

/** One digest over all that the Worker is made from, and how it is made and measured. */
function inputsDigest(toolchain) {
  const digest = createHash('sha256').update(JSON.stringify(toolchain));
  const names = ['Cargo.toml', 'Cargo.lock', 'package-lock.json', 'dev/setup/versions.json'];
  const files = [...names, 'dev/build.mjs', 'dev/startup.mjs']
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

/** Every program is named: worker-build downloads from a code host what it is not told of. */
async function compile(toolchain) {
  await step('Worker (Rust to wasm)', cargoTool('worker-build'), ['--release'], {
    env: {
      ...cargoEnv(toolchain, bin),
      WASM_BINDGEN_BIN: cargoTool('wasm-bindgen-cli'),
      ESBUILD_BIN: join(bin, 'esbuild'),
    },
    next: 'mend what the compiler says above, or see the log',
  });
}

// What rustc and wasm-bindgen use, and nothing that the runtime may not know yet.
const FEATURES = [
  'bulk-memory',
  'exception-handling',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
];

/** Not worker-build's own run of it, which keeps the names of functions: an eighth of the size. */
async function optimize() {
  const file = join(root, 'build', 'index_bg.wasm');
  const features = FEATURES.map((name) => `--enable-${name}`);
  await step('Worker (optimized)', join(bin, 'wasm-opt'), ['-Os', ...features, file, '-o', file]);
}

function report(figures) {
  const [total, wasm, js] = [figures.total, figures.wasm, figures.js].map(kilobytes);
  const size = `${total} gzipped (wasm ${wasm}, js ${js})`;
  console.log(`build/index.js: ${size}, ${milliseconds(figures.startMs)} to start`);
  for (const problem of overBudget(figures)) {
    console.error(problem);
    process.exitCode = 1;
  }
}

try {
  await npmPackages();
  const { native, wasm } = await rust();
  await cargoTools(native);
  const inputs = inputsDigest(wasm);
  if (!upToDate(inputs)) {
    await compile(wasm);
    await optimize();
    const figures = { ...builtSizes(), startMs: await startMs(outputs) };
    writeJson(stamp, { inputs, outputs: outputsDigest(), figures });
  }
  report(readJson(stamp).figures);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
