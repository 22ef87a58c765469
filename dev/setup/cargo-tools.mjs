import { join } from 'node:path';
import { isExecutable } from './files.mjs';
import { installed } from './installed.mjs';
import { cache, pathWith, toolDir } from './paths.mjs';
import { say, step } from './run.mjs';
import versions from './versions.mjs';

const next = 'make sure that crates.io can be reached, then run this again';
/** The programs without which nothing can be built, by the crate that has them. */
const NEEDED = { 'wasm-bindgen-cli': 'wasm-bindgen' };

/** Where a needed program is, whether it is installed or not. */
export const cargoTool = (crate) =>
  join(toolDir(crate, versions.cargo[crate]), 'bin', NEEDED[crate]);

/** Compiles the needed programs that are missing. */
export async function cargoTools(rust) {
  for (const crate of Object.keys(NEEDED)) {
    if (!isExecutable(cargoTool(crate))) await cargoInstall(crate, rust);
  }
}

/** Compiles a crate's program, in the pinned version, into a directory of its own. */
export async function cargoInstall(crate, rust) {
  const version = versions.cargo[crate];
  await installed(toolDir(crate, version), async (dir) => {
    const args = ['install', crate, '--version', `=${version}`, '--root', dir];
    const env = { ...rust.env, PATH: pathWith(...rust.path) };
    const options = { env, cwd: cache, next };
    try {
      await step(`${crate} ${version}`, 'cargo', [...args, '--locked'], options);
    } catch {
      // A mirror of the registry may lack a version that the tool's own lock file names.
      say(`${crate}: trying again with newer dependencies than its lock file names`);
      await step(`${crate} ${version}`, 'cargo', args, options);
    }
  });
}
