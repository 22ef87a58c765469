import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { version as workerd } from 'workerd';
import { output } from '../dev/setup/run.mjs';

/** Describes the machine and the programs that the figures were measured with. */
export function describeMachine({ wrk, nginx, dockerd, ...programs }) {
  const [{ model }, { length: cores }] = [cpus()[0], cpus()];
  const [, os] = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8')) ?? [];
  const version = (program, ...args) =>
    /\d+\.\d[^\s,]*/.exec(output('sh', ['-c', '"$@" 2>&1 || true', 'sh', program, ...args]))?.[0];
  return {
    cpu: model.trim(),
    cores,
    memory_bytes: totalmem(),
    os: `${os}, Linux ${release()}`,
    versions: {
      node: process.versions.node,
      workerd,
      wrk: version(wrk, '--version'),
      nginx: version(nginx, '-v'),
      distribution: version(programs['docker-registry'], '--version'),
      docker: dockerd && version(dockerd, '--version'),
    },
  };
}
