import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { startContainerd } from '../../support/containerd.mjs';
import { run } from '../../support/run.mjs';
import { CONTAINERD_2 } from './ctr.mjs';

/** nerdctl with a containerd 2 of its own. Each credential has a client configuration of its own. */
export async function nerdctl() {
  const home = scratch('nerdctl');
  const { address, output } = await startContainerd(CONTAINERD_2);
  const options = ['--address', address, '--snapshotter', 'native'];
  const data = ['--data-root', join(home, 'data'), '--hosts-dir', join(home, 'none')];

  /** A client in which nobody is logged in. */
  function fresh() {
    const env = cleanEnvironment(mkdtempSync(join(home, 'client-')));
    const nerdctl = (args, more) =>
      run(program('nerdctl'), [...options, ...data, ...args], { env, ...more });
    const login = (host, password, user = 'anyone') =>
      nerdctl(['login', host, '--username', user, '--password-stdin'], { input: password });
    return { nerdctl, login };
  }

  async function pullOnly(name, { user, password, platform, more = [] } = {}) {
    const { nerdctl, login } = fresh();
    if (password) await login(name.split('/')[0], password, user);
    const chosen = platform ? ['--platform', platform] : [];
    await nerdctl(['pull', '--quiet', ...chosen, ...more, name]);
    return nerdctl;
  }

  /** nerdctl's `image inspect` does not find an image by the digest of an index's child. */
  async function digests(nerdctl, name) {
    const format = ['--no-trunc', '--format', '{{.Name}} {{.Digest}}'];
    const { stdout } = await nerdctl(['images', ...format]);
    const lines = stdout.split('\n').map((line) => line.split(' '));
    const own = lines.filter(([stored]) => [name, `${name}:latest`].includes(stored));
    return own.map(([, digest]) => digest);
  }

  const pull = async (name, credential) => digests(await pullOnly(name, credential), name);

  /** Loads an image and pushes it; answers the digest that nerdctl then has for it. */
  async function push({ tarball }, name, { user, password } = {}) {
    const { nerdctl, login } = fresh();
    if (password) await login(name.split('/')[0], password, user);
    const loaded = await nerdctl(['load', '--input', tarball]);
    const [, source] = loaded.stdout.match(/Loaded image: (\S+)/);
    await nerdctl(['tag', source, name]);
    await nerdctl(['push', '--quiet', name]);
    return (await digests(nerdctl, name))[0];
  }

  return { fresh, output, pull, pullOnly, push };
}
