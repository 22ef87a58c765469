import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { run } from '../../support/run.mjs';
import { inLayout } from './skopeo.mjs';

/** regctl. Each call has a configuration of its own, and names its credential. */
export function regctl() {
  const home = scratch('regctl');

  function regctl(args, { host, user = 'anyone', password } = {}) {
    const env = cleanEnvironment(mkdtempSync(join(home, 'run-')));
    const credential = password ? `,user=${user},pass=${password}` : '';
    const hosts = ['--host', `reg=${host},tls=disabled${credential}`];
    return run(program('regctl'), [...args, ...hosts], { env });
  }

  async function pullOnly(name, { dir = mkdtempSync(join(home, 'pull-')), more = [], ...as } = {}) {
    const args = ['image', 'copy', ...more, name, `ocidir://${dir}:copied`];
    return regctl(args, { ...as, host: hostOf(name) });
  }

  async function pull(name, credential) {
    const dir = mkdtempSync(join(home, 'pull-'));
    await pullOnly(name, { ...credential, dir });
    return [inLayout(dir)];
  }

  /** Copies an image from a layout to a registry, byte for byte. */
  async function push({ layout, digest }, name, { more = [], ...credential } = {}) {
    const args = ['image', 'copy', ...more, `ocidir://${layout}@${digest}`, name];
    await regctl(args, { ...credential, host: hostOf(name) });
    return digest;
  }

  return { regctl, pull, pullOnly, push };
}

const hostOf = (name) => name.split('/')[0];
