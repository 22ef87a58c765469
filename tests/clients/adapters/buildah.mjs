import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { run } from '../../support/run.mjs';

/** buildah with its own, empty storage. */
export function buildah() {
  const home = scratch('buildah');
  const store = ['--root', join(home, 'root'), '--runroot', join(home, 'runroot')];
  const env = cleanEnvironment(home);
  const buildah = (args, more) =>
    run(program('buildah'), [...store, '--storage-driver', 'vfs', ...args], { env, ...more });

  const pullOnly = (name, { password, log = 'warn' } = {}) =>
    buildah([
      ...['--log-level', log, 'pull', '--policy', 'always', '--tls-verify=false'],
      ...(password ? ['--creds', `anyone:${password}`] : []),
      name,
    ]);

  async function pull(name, credential) {
    const { stdout } = await pullOnly(name, credential);
    const id = stdout.trim().split('\n').at(-1);
    const format = ['--type', 'image', '--format', '{{.FromImageDigest}}'];
    return [(await buildah(['inspect', ...format, id])).stdout.trim()];
  }

  return { buildah, pull, pullOnly };
}
