import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { run } from '../../support/run.mjs';
import { inLayout } from './skopeo.mjs';

/** oras. Each call names its credential; nobody is logged in. */
export function oras() {
  const home = scratch('oras');
  const env = cleanEnvironment(home);
  const oras = (args, more) => run(program('oras'), args, { env, ...more });

  /** oras accepts no name without a tag or digest. */
  const full = (name) => (/@|:[^/]*$/.test(name) ? name : `${name}:latest`);

  const pullOnly = (
    name,
    { user = 'anyone', password, dir = mkdtempSync(join(home, 'pull-')), more = [] } = {},
  ) =>
    oras([
      ...['copy', '--from-plain-http', ...more],
      ...(password ? ['--from-username', user, '--from-password', password] : []),
      ...[full(name), '--to-oci-layout', `${dir}:copied`],
    ]);

  async function pull(name, credential) {
    const dir = mkdtempSync(join(home, 'pull-'));
    await pullOnly(name, { ...credential, dir });
    return [inLayout(dir)];
  }

  /** Copies an image from a layout to a registry, byte for byte. */
  async function push({ layout, digest }, name, { user = 'anyone', password } = {}) {
    await oras([
      ...['copy', '--to-plain-http', '--from-oci-layout', `${layout}@${digest}`, full(name)],
      ...(password ? ['--to-username', user, '--to-password', password] : []),
    ]);
    return digest;
  }

  return { oras, home, pull, pullOnly, push };
}
