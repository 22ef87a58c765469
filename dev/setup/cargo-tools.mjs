import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable } from './files.mjs';
import { cache, pathWith, toolDir } from './paths.mjs';
import { say, step } from './run.mjs';
import versions from './versions.mjs';

const PROGRAM = { 'wasm-bindgen-cli': 'wasm-bindgen' };
const next = 'see that crates.io can be reached, then run this again';

/** Where a pinned cargo-installed program is. */
export const cargoTool = (crate) =>
  join(toolDir(crate, versions.cargo[crate]), 'bin', PROGRAM[crate]);

export async function cargoTools(rust) {
  for (const crate of Object.keys(PROGRAM)) {
    if (!isExecutable(cargoTool(crate))) await cargoInstall(crate, rust);
  }
}

async function cargoInstall(crate, rust) {
  const version = versions.cargo[crate];
  await installed(toolDir(crate, version), async (dir) => {
    const args = ['install', crate, '--version', `=${version}`, '--root', dir];
    const env = { ...rust.env, PATH: pathWith(...rust.path) };
    const options = { env, cwd: cache, next };
    try {
      await step(`${crate} ${version}`, 'cargo', [...args, '--locked'], options);
    } catch {
      // A registry mirror may lack a version that the tool's own lock file names.
      say(`${crate}: once more with newer dependencies than its lock file names`);
      await step(`${crate} ${version}`, 'cargo', args, options);
    }
  });
}

/** Fills a directory beside its final place, then puts it there at once: never half a tool. */
export async function installed(final, fill) {
  mkdirSync(cache, { recursive: true });
  const temporary = `${final}.tmp-${process.pid}`;
  const clear = () => rmSync(temporary, { recursive: true, force: true });
  process.once('exit', clear);
  await fill(temporary);
  rmSync(final, { recursive: true, force: true });
  renameSync(temporary, final);
  process.off('exit', clear);
}
