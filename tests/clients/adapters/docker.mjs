import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { startDockerd } from '../../support/dockerd.mjs';
import { run } from '../../support/run.mjs';
import { digestsOf } from './podman.mjs';

/** Debian's engine, which keeps images in a store of its own. */
const DEBIAN = { daemon: 'dockerd', client: 'docker', storage: 'vfs' };
/** An engine that keeps images in containerd, as all new installations do since docker 29. */
export const DOCKER_29 = {
  ...{ daemon: 'dockerd-29', client: 'docker-29' },
  ...{ storage: 'native', containerd: 'containerd-2' },
};

/** A docker engine with its client. Each credential has a client configuration of its own. */
export async function docker(engine = DEBIAN) {
  const home = scratch('docker');
  const { address, output } = await startDockerd(engine);

  /** A client in which nobody is logged in. */
  function fresh() {
    const env = { ...cleanEnvironment(mkdtempSync(join(home, 'client-'))), DOCKER_HOST: address };
    const docker = (args, { more, ...options } = {}) =>
      run(program(engine.client), args, { env: { ...env, ...more }, ...options });
    const login = (host, password, user = 'anyone') =>
      docker(['login', host, '--username', user, '--password-stdin'], { input: password });
    return { docker, login };
  }

  async function pullOnly(name, { user, password, platform } = {}) {
    const { docker, login } = fresh();
    if (password) await login(name.split('/')[0], password, user);
    await docker(['pull', ...(platform ? ['--platform', platform] : []), name]);
    return docker;
  }

  /** Has BuildKit build an image from `name`, without its cache of earlier builds. */
  async function buildOnly(name, { password } = {}) {
    const { docker, login } = fresh();
    if (password) await login(name.split('/')[0], password);
    const more = { DOCKER_BUILDKIT: '1' };
    return docker(['build', '--no-cache', '-'], {
      more,
      input: `FROM ${name}\nCOPY --from=${name} / /copy\n`,
    });
  }

  async function pull(name, credential) {
    const docker = await pullOnly(name, credential);
    const inspected = await docker(['image', 'inspect', '--format', '{{json .RepoDigests}}', name]);
    return digestsOf(JSON.parse(inspected.stdout), name);
  }

  /** Loads an image's layers and pushes them; answers the digest that docker says it has. */
  async function push({ tarball }, name, { user, password } = {}) {
    const { docker, login } = fresh();
    if (password) await login(name.split('/')[0], password, user);
    const loaded = await docker(['load', '--input', tarball]);
    const [, source] = loaded.stdout.match(/Loaded image: (\S+)/);
    await docker(['tag', source, name]);
    const { stdout } = await docker(['push', name]);
    await docker(['rmi', name]);
    return stdout.match(/digest: (sha256:[0-9a-f]{64})/)[1];
  }

  return { fresh, output, pull, pullOnly, push, buildOnly };
}
