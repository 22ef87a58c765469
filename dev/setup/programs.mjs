import { dirname } from 'node:path';
import { aptInstall, byHand, canInstall, isDebian } from './debian.mjs';
import { which } from './files.mjs';
import { say } from './run.mjs';

// Debian installs daemons into directories that may not be on a user's PATH.
const path = () => `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/** The path of a program, or undefined. */
export const findProgram = (name) => which(name, path());

/** The docker client that belongs to the engine. Another one on the PATH may lack its plugins. */
export function findDocker(engine) {
  const [dir] = engine ? [dirname(engine).replace(/sbin$/, 'bin')] : [];
  return (dir && which('docker', dir)) || which('docker');
}

/**
 * Installs the packages of missing programs, and no others, so that another vendor's engine is not
 * replaced. `packages` names the Debian package of each program, `tested` the version of each package.
 */
export async function fromDebian(packages, tested) {
  const absent = Object.keys(packages).filter((program) => !findProgram(program));
  const wanted = [...new Set(absent.map((program) => packages[program]))];
  if (!wanted.length) return;
  if (canInstall()) return aptInstall(wanted, tested);
  say(`install by hand: ${isDebian() ? byHand(wanted) : elsewhere(wanted, tested)}`);
}

const elsewhere = (packages, tested) =>
  packages.map((name) => `${name} (tested: ${tested[name]})`).join(', ');
