import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { run } from '../../support/run.mjs';
import { inLayout } from './skopeo.mjs';

/** crane. Each call has a configuration of its own, so no call finds the login of another one. */
export function crane() {
  const home = scratch('crane');

  async function crane(args, { user = 'anyone', password, host } = {}) {
    const own = mkdtempSync(join(home, 'run-'));
    const options = { env: cleanEnvironment(own) };
    if (password) {
      const login = ['auth', 'login', host, '--username', user, '--password-stdin'];
      await run(program('crane'), login, { ...options, input: password });
    }
    return run(program('crane'), args, options);
  }

  const pullOnly = (
    name,
    { user, password, dir = mkdtempSync(join(home, 'pull-')), more = [] } = {},
  ) =>
    crane(['--insecure', ...more, 'pull', '--format', 'oci', name, dir], {
      user,
      password,
      host: name.split('/')[0],
    });

  async function pull(name, credential) {
    const dir = mkdtempSync(join(home, 'pull-'));
    await pullOnly(name, { ...credential, dir });
    return [inLayout(dir)];
  }

  /** Pushes an image out of a layout; answers the digest that crane says it has. */
  async function push({ layout }, name, credential) {
    const host = name.split('/')[0];
    const args = ['--insecure', 'push', '--index', layout, name];
    const { stdout } = await crane(args, { ...credential, host });
    return stdout.trim().split('@')[1];
  }

  return { crane, pull, pullOnly, push };
}
