import { findDocker, findProgram } from '../dev/setup/programs.mjs';

const NEEDED = ['wrk', 'nginx', 'docker-registry'];

/** Finds the programs that the benchmark runs. `dockerd` and `docker` are left out if not root. */
export function findPrograms() {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc: run it on Linux');
  const found = Object.fromEntries(NEEDED.map((name) => [name, findProgram(name)]));
  const missing = NEEDED.filter((name) => !found[name]);
  if (missing.length > 0) {
    throw new Error(`not installed: ${missing.join(', ')}\n  next: npm run setup -- bench`);
  }
  return { ...found, ...engine() };
}

function engine() {
  const dockerd = findProgram('dockerd');
  return process.getuid() === 0 && dockerd ? { dockerd, docker: findDocker(dockerd) } : {};
}
