import { dirname } from 'node:path';
import { aptInstall, byHand, canInstall, isDebian } from './debian.mjs';
import { which } from './files.mjs';
import { say } from './run.mjs';

// Debian keeps daemons where a user's PATH may not look.
const path = () => `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/** Where a program is, or undefined. */
export const findProgram = (name) => which(name, path());

/** The client beside the engine: another one on the PATH may be newer and lack its plugins. */
export function findDocker(engine) {
  const [dir] = engine ? [dirname(engine).replace(/sbin$/, 'bin')] : [];
  return (dir && which('docker', dir)) || which('docker');
}

/**
 * Installs what is missing and nothing else: another vendor's engine must not be replaced.
 * `packages` says which Debian package brings each program, `tested` in which version.
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
