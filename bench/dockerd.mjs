import { join } from 'node:path';
import { runProgram, startProgram } from './process.mjs';

/** Starts an empty docker engine. `pull(name)` answers what `docker pull` printed, and its seconds. */
export async function startDockerd(lifetime, { dockerd, docker }) {
  const dir = lifetime.scratch('dockerd');
  const host = `unix://${join(dir, 'docker.sock')}`;
  const env = { PATH: process.env.PATH, HOME: dir, DOCKER_CONFIG: dir, DOCKER_HOST: host };
  const run = (...args) => runProgram(lifetime, docker, args, { env });
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const places = ['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec')];
  const storage = ['--storage-driver=vfs', ...places, '--pidfile', join(dir, 'pid')];
  await startProgram(lifetime, dockerd, [...network, ...storage, '--host', host], {
    log: join(dir, 'errors.log'),
    ready: () => run('version').then(() => true),
  });

  async function pull(name) {
    const from = performance.now();
    const said = await run('pull', name);
    return { said, seconds: (performance.now() - from) / 1000 };
  }

  return { pull };
}
