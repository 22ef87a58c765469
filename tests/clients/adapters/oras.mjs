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

  const pullOnly = (name, { password, dir = mkdtempSync(join(home, 'pull-')), more = [] } = {}) =>
    oras([
      ...['copy', '--from-plain-http', ...more],
      ...(password ? ['--from-username', 'anyone', '--from-password', password] : []),
      ...[full(name), '--to-oci-layout', `${dir}:copied`],
    ]);

  async function pull(name, credential) {
    const dir = mkdtempSync(join(home, 'pull-'));
    await pullOnly(name, { ...credential, dir });
    return [inLayout(dir)];
  }

  return { oras, home, pull, pullOnly };
}
