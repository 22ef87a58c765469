#!/usr/bin/env node
// Installs what is missing to build the Worker, or for another purpose of set-up, and builds the
// Worker into build/ if a file that goes into it has changed since the last build. Fails if the Worker
// is over its budget; with `--warn` it only says so: node dev/build.mjs [start | bench] [--warn]
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { kilobytes, milliseconds, overBudget } from './budget.mjs';
import { compile, shrink } from './compile.mjs';
import { filesUnder, readJson, writeJson } from './setup/files.mjs';
import { local, root } from './setup/paths.mjs';
import { setUp } from './setup/purposes.mjs';
import { rust } from './setup/rust.mjs';
import { together } from './setup/together.mjs';
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
  const sources = ['src', 'dev/bindings', 'dev/order'].flatMap((dir) =>
    filesUnder(join(root, dir)),
  );
  for (const file of [...sources, ...files]) {
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

function report(figures, isWarning) {
  const [total, wasm, js] = [figures.total, figures.wasm, figures.js].map(kilobytes);
  const size = `${total} gzipped (wasm ${wasm}, js ${js})`;
  console.log(`build/index.js: ${size}, ${milliseconds(figures.startMs)} to start`);
  for (const problem of overBudget(figures)) {
    console.error(problem);
    if (!isWarning) process.exitCode = 1;
  }
}

/** Compiles the Worker if it is not up to date. Answers the digest of its inputs if it did. */
async function compiled() {
  const toolchains = await rust();
  const inputs = inputsDigest(toolchains.wasm);
  if (upToDate(inputs)) return undefined;
  await compile(toolchains);
  return inputs;
}

try {
  const { values, positionals } = parseArgs({
    options: { warn: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [, inputs] = await together(setUp(positionals[0] ?? 'build'), compiled());
  if (inputs !== undefined) {
    await shrink();
    const figures = { ...builtSizes(), startMs: await startMs(outputs) };
    writeJson(stamp, { inputs, outputs: outputsDigest(), figures });
  }
  report(readJson(stamp).figures, values.warn);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
