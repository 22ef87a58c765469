import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { startContainerd } from '../../support/containerd.mjs';
import { run } from '../../support/run.mjs';
import { CONTAINERD_2 } from './ctr.mjs';
import { digestsOf } from './podman.mjs';

/**
 * crictl, which asks containerd 2 for images by the CRI, as a kubelet does: the credential is an
 * `AuthConfig` of the request. `hosts` is a directory with the `hosts.toml` of each registry.
 */
export async function crictl({ hosts } = {}) {
  const { address, output } = await startContainerd({ ...CONTAINERD_2, cri: { hosts } });
  const env = cleanEnvironment(scratch('crictl'));
  const endpoint = `unix://${address}`;
  const options = ['--runtime-endpoint', endpoint, '--image-endpoint', endpoint];
  const crictl = (args, more) => run(program('crictl'), [...options, ...args], { env, ...more });

  const pullOnly = (name, { user = 'anyone', password } = {}) =>
    crictl(['pull', ...(password ? ['--creds', `${user}:${password}`] : []), name]);

  async function pull(name, credential) {
    await pullOnly(name, credential);
    const { stdout } = await crictl(['inspecti', '--output', 'json', name]);
    return digestsOf(JSON.parse(stdout).status.repoDigests, name);
  }

  return { crictl, output, pull, pullOnly };
}
