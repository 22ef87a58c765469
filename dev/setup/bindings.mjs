import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, isExecutable } from './files.mjs';
import { installed } from './installed.mjs';
import { pathWith, root, toolDir } from './paths.mjs';
import { step } from './run.mjs';

const source = join(root, 'dev', 'bindings');
const next = 'make sure that crates.io can be reached, then run this again';

/** The program that makes the bindings of the Worker. It is compiled if it is missing. */
export const bindings = (rust) => compiled('bindings', rust);

/** The program that runs tests in WebAssembly. It is compiled if it is missing. */
export const testRunner = (rust) => compiled('test-runner', rust, ['--features', 'tests']);

/** Compiles a program of dev/bindings into a directory of its own, which all clones share. */
async function compiled(name, rust, features = []) {
  const version = wasmBindgen();
  const dir = toolDir(name, `${version}-${sourceDigest()}`);
  const program = join(dir, 'bin', name);
  if (isExecutable(program)) return program;
  const what = ['install', '--path', source, '--bin', name, ...features];
  const how = ['--locked', '--profile', 'tool', '--no-track'];
  const env = { ...rust.env, PATH: pathWith(...rust.path) };
  await installed(dir, (to) =>
    step(`wasm-bindgen ${version} (${name})`, 'cargo', [...what, ...how, '--root', to], {
      env,
      next,
    }),
  );
  return program;
}

/** The version of wasm-bindgen. cargo makes sure that the Worker and the programs have the same. */
function wasmBindgen() {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8');
  return lock.match(/^name = "wasm-bindgen"\nversion = "(.+)"$/m)[1];
}

function sourceDigest() {
  const digest = createHash('sha256');
  for (const file of filesUnder(source)) digest.update(readFileSync(file));
  return digest.digest('hex').slice(0, 8);
}
