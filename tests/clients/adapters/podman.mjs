import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { run } from '../../support/run.mjs';

/** podman with its own, empty storage. */
export function podman() {
  const home = scratch('podman');
  const store = ['--root', join(home, 'root'), '--runroot', join(home, 'runroot')];
  const options = [...store, '--storage-driver', 'vfs', '--tmpdir', join(home, 'tmp')];
  const env = cleanEnvironment(home);
  const podman = (args, more) => run(program('podman'), [...options, ...args], { env, ...more });

  const pullOnly = (name, { user = 'anyone', password, log = 'warn', platform } = {}) =>
    podman([
      ...['--log-level', log, 'pull', '--tls-verify=false'],
      ...(password ? ['--creds', `${user}:${password}`] : []),
      ...(platform ? ['--platform', platform] : []),
      name,
    ]);

  async function pull(name, credential) {
    const { stdout } = await pullOnly(name, credential);
    const id = stdout.trim().split('\n').at(-1);
    const format = ['--format', '{{json .RepoDigests}}'];
    const inspected = await podman(['image', 'inspect', ...format, id]);
    return digestsOf(JSON.parse(inspected.stdout), name);
  }

  /** Loads an image and pushes it; answers the digest that podman says it has. */
  async function push({ tarball }, name, { user = 'anyone', password } = {}) {
    const loaded = await podman(['load', '--input', tarball]);
    const [, source] = loaded.stdout.match(/Loaded image: (\S+)/);
    const digestfile = join(home, `digest-${name.replaceAll(/\W/g, '-')}`);
    await podman([
      ...['push', '--tls-verify=false', '--digestfile', digestfile],
      ...(password ? ['--creds', `${user}:${password}`] : []),
      ...[source, name],
    ]);
    return readFileSync(digestfile, 'utf8').trim();
  }

  return { podman, pull, pullOnly, push };
}

/** Answers those of `repository@digest` texts that are of the repository of `name`, as digests. */
export function digestsOf(repoDigests, name) {
  const repository = name.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
  return repoDigests
    .filter((one) => one.startsWith(`${repository}@`))
    .map((one) => one.slice(repository.length + 1));
}
