import { installed } from './installed.mjs';
import { cache, pathWith, toolDir } from './paths.mjs';
import { step } from './run.mjs';
import versions from './versions.mjs';

const next = 'make sure that crates.io can be reached, then run this again';

/** Compiles a crate's program, in the pinned version, into a directory of its own. */
export async function cargoInstall(crate, rust) {
  const version = versions.cargo[crate];
  await installed(toolDir(crate, version), async (dir) => {
    const args = ['install', crate, '--version', `=${version}`, '--root', dir];
    const env = { ...rust.env, PATH: pathWith(...rust.path) };
    const options = { env, cwd: cache, next };
    try {
      // A mirror of the registry may lack a version that the tool's own lock file names.
      const otherwise = 'a dependency is not there; taking newer ones';
      await step(`${crate} ${version}`, 'cargo', [...args, '--locked'], { ...options, otherwise });
    } catch {
      await step(`${crate} ${version}`, 'cargo', args, options);
    }
  });
}
