import { readFileSync } from 'node:fs';
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

  const pullOnly = (name, { user = 'anyone', password, log = 'warn' } = {}) =>
    buildah([
      ...['--log-level', log, 'pull', '--policy', 'always', '--tls-verify=false'],
      ...(password ? ['--creds', `${user}:${password}`] : []),
      name,
    ]);

  async function pull(name, credential) {
    const { stdout } = await pullOnly(name, credential);
    const id = stdout.trim().split('\n').at(-1);
    const format = ['--type', 'image', '--format', '{{.FromImageDigest}}'];
    return [(await buildah(['inspect', ...format, id])).stdout.trim()];
  }

  /** Builds an image around a file and pushes it; answers the digest that buildah says. */
  async function push({ archive }, name, { user = 'anyone', password } = {}) {
    const container = (await buildah(['from', 'scratch'])).stdout.trim();
    await buildah(['add', container, archive, '/content.tar']);
    const source = (await buildah(['commit', '--rm', container])).stdout.trim();
    const digestfile = join(home, `digest-${name.replaceAll(/\W/g, '-')}`);
    await buildah([
      ...['push', '--tls-verify=false', '--digestfile', digestfile],
      ...(password ? ['--creds', `${user}:${password}`] : []),
      ...[source, `docker://${name}`],
    ]);
    return readFileSync(digestfile, 'utf8').trim();
  }

  return { buildah, pull, pullOnly, push };
}
