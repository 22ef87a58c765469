import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { startContainerd } from '../../support/containerd.mjs';
import { run } from '../../support/run.mjs';

const DEBIAN = { daemon: 'containerd', client: 'ctr' };
export const CONTAINERD_2 = { daemon: 'containerd-2', client: 'ctr-2' };

/** A containerd with its own client, `ctr`; by default those of Debian. */
export async function ctr(programs = DEBIAN) {
  const { address, output } = await startContainerd(programs);
  const env = cleanEnvironment(scratch('ctr'));
  const ctr = (args, more) =>
    run(program(programs.client), ['--address', address, ...args], { env, ...more });

  /** ctr accepts no name without a tag or digest. */
  const full = (name) => (/@|:[^/]*$/.test(name) ? name : `${name}:latest`);

  const pullOnly = (name, { user = 'anyone', password, platform, more = [] } = {}) =>
    ctr([
      ...['images', 'pull', '--plain-http', '--snapshotter', 'native', ...more],
      ...(password ? ['--user', `${user}:${password}`] : []),
      ...(platform ? ['--platform', platform] : []),
      full(name),
    ]);

  async function pull(name, credential) {
    await pullOnly(name, credential);
    const { stdout } = await ctr(['images', 'list', `name==${full(name)}`]);
    return stdout.match(/sha256:[0-9a-f]{64}(?=\s)/g).slice(-1);
  }

  /** Imports an image and pushes it, byte for byte. */
  async function push({ archive, digest }, name, { user = 'anyone', password } = {}) {
    const base = name.replace(/:[^:/]*$/, '');
    await ctr(['images', 'import', '--no-unpack', '--base-name', base, archive]);
    const imported = `${base}:latest`;
    // ctr deletes a name before it makes it anew. While an image had no name, containerd would collect
    // its content.
    if (full(name) !== imported) await ctr(['images', 'tag', '--force', imported, full(name)]);
    await ctr([
      ...['images', 'push', '--plain-http'],
      ...(password ? ['--user', `${user}:${password}`] : []),
      full(name),
    ]);
    return digest;
  }

  return { ctr, output, pull, pullOnly, push };
}
