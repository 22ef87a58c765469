import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { orderByLikeness } from './order/likeness.mjs';
import { functionsOf, withNames } from './order/module.mjs';
import { bindings } from './setup/bindings.mjs';
import { bin, local, root } from './setup/paths.mjs';
import { step } from './setup/run.mjs';
import { cargoEnv } from './setup/rust.mjs';
import { together } from './setup/together.mjs';
import versions from './setup/versions.mjs';
import { builtFiles } from './size.mjs';

const { target } = versions.rust;
const bound = join(local, 'worker');

// The features that rustc and wasm-bindgen use. The runtime may not know newer ones yet.
const FEATURES = [
  'bulk-memory',
  'exception-handling',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
];

/**
 * Compiles the Worker to WebAssembly, and makes its JavaScript bindings. It needs no npm packages, so
 * that these can be installed meanwhile.
 */
export async function compile({ native, wasm }) {
  const [program] = await together(bindings(native), crate(wasm));
  const module = join(targetDir(), target, 'release', 'bhcr.wasm');
  rmSync(bound, { recursive: true, force: true });
  // --reset exports what replaces an instance, which `worker.js` does after a trap.
  await step('Worker (bindings)', program, [module, bound, '--reset']);
  for (const name of ['worker.js', 'trap.js']) {
    copyFileSync(join(root, 'src', 'edge', name), join(bound, name));
  }
}

/** Makes what was compiled small, as the files that are uploaded. */
export async function shrink() {
  mkdirSync(join(root, 'build'), { recursive: true });
  await together(optimize(), bundle());
}

const crate = (toolchain) =>
  step(
    'Worker (Rust to wasm)',
    'cargo',
    ['build', '--release', '--lib', '--target', target, '--config', sameEverywhere()],
    {
      env: cargoEnv(toolchain),
      cwd: root,
      next: 'fix what the compiler reports above, or read the log',
    },
  );

// Panics name source files. Without the builder's home directory in their paths, the Worker is
// smaller, and the same on every machine.
function sameEverywhere() {
  const cargo = process.env.CARGO_HOME ?? join(homedir(), '.cargo');
  const flag = `--remap-path-prefix=${join(cargo, 'registry', 'src')}=`;
  return `target.${target}.rustflags=[${JSON.stringify(flag)}]`;
}

// If wasm-opt inlined every function that has one caller, the Worker would be 2 % smaller, but 8 %
// larger when gzipped, because small functions are more alike than large ones.
const PASSES = [
  '-Os',
  ...['--one-caller-inline-max-function-size', '20'],
  // Rust's stack is at the beginning of the memory and grows down, so no pointer leads there.
  '--low-memory-unused',
  // To keep a common value in a variable takes more bytes than to compute it again.
  '--skip-pass=local-cse',
  '--strip-producers',
];

// Functions that are alike compress best side by side: sorted by their own names, they take 11 kB more
// when gzipped. So each gets its place in the order as its name. wasm-opt sorts by these names, and
// does not write them. It writes instructions as with -Os only if it is given that level.
const SORT = ['--reorder-functions-by-name', '--shrink-level=1'];

async function optimize() {
  const [optimized, named] = ['optimized.wasm', 'named.wasm'].map((name) => join(bound, name));
  await wasmOpt('optimized', PASSES, join(bound, 'index_bg.wasm'), optimized);
  writeFileSync(named, namedByPlace(readFileSync(optimized)));
  await wasmOpt('sorted', SORT, named, builtFiles.wasm);
}

const wasmOpt = (what, passes, from, to) => {
  const features = FEATURES.map((name) => `--enable-${name}`);
  return step(`Worker (${what})`, join(bin, 'wasm-opt'), [...passes, ...features, from, '-o', to]);
};

function namedByPlace(module) {
  const names = [];
  for (const [place, index] of orderByLikeness(functionsOf(module)).entries()) {
    names[index] = String(place).padStart(6, '0');
  }
  return withNames(module, names);
}

async function bundle() {
  const form = ['--bundle', '--format=esm', '--minify', '--external:./index_bg.wasm'];
  const files = [join(bound, 'worker.js'), `--outfile=${builtFiles.js}`];
  await step('Worker (bundled)', join(bin, 'esbuild'), [...form, '--log-level=warning', ...files]);
}

const targetDir = () => process.env.CARGO_TARGET_DIR ?? join(root, 'target');
