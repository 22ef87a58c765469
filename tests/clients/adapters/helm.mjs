import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { run } from '../../support/run.mjs';

/** helm. Each call has a configuration of its own, so no call finds the login of another one. */
export function helm() {
  const home = scratch('helm');

  async function helm(args, { host, user = 'anyone', password } = {}) {
    const env = cleanEnvironment(mkdtempSync(join(home, 'client-')));
    const options = { env, cwd: env.HOME };
    if (password) {
      const login = ['registry', 'login', host, '--plain-http', '--username', user];
      await run(program('helm'), [...login, '--password-stdin'], { ...options, input: password });
    }
    return run(program('helm'), args, options);
  }

  /** helm with one configuration for all calls: it stays logged in. */
  function keeping() {
    const env = cleanEnvironment(mkdtempSync(join(home, 'client-')));
    return (args, options) => run(program('helm'), args, { env, ...options });
  }

  /** Pulls the chart with a digest, or else its version 1.0.0. */
  const pull = (name, credential) => {
    const version = name.includes('@') ? [] : ['--version', '1.0.0'];
    const args = ['pull', `oci://${name}`, ...version, '--plain-http'];
    return helm(args, { ...credential, host: hostOf(name) });
  };

  /** Pushes a chart that nobody has pushed before to a repository. */
  async function push(_, name, credential) {
    const chart = mkdtempSync(join(home, 'chart-'));
    mkdirSync(join(chart, 'one'));
    writeFileSync(join(chart, 'one/Chart.yaml'), 'apiVersion: v2\nname: one\nversion: 1.0.0\n');
    writeFileSync(join(chart, 'one/content'), randomBytes(50_000).toString('base64'));
    await helm(['package', join(chart, 'one'), '--destination', chart]);
    const to = `oci://${name.replace(/:[^:/]*$/, '')}`;
    return helm(['push', join(chart, 'one-1.0.0.tgz'), to, '--plain-http'], {
      ...credential,
      host: hostOf(name),
    });
  }

  return { helm, keeping, pull, push };
}

const hostOf = (name) => name.split('/')[0];
