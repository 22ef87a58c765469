import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { bin, pathWith, root } from './setup/paths.mjs';

const BINDING = 'CATALOG';

/**
 * Applies the migrations that the database does not have yet: to the one that wrangler dev keeps,
 * to the one that it keeps in `persistTo`, or, with `remote`, to the deployed one of the environment
 * `env`. Answers what wrangler said.
 */
export async function migrate({ remote = false, persistTo, env: place = '' } = {}) {
  const where = remote ? ['--remote'] : ['--local'];
  const kept = persistTo === undefined ? [] : ['--persist-to', persistTo];
  const args = ['d1', 'migrations', 'apply', BINDING, ...where, ...kept, `--env=${place}`];
  // With CI set, wrangler does not wait for somebody to agree.
  const env = { WRANGLER_SEND_METRICS: 'false', ...process.env, PATH: pathWith(bin), CI: 'true' };
  const child = spawn(join(bin, 'wrangler'), args, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await closed;
  if (code !== 0) throw new Error(`the migrations failed:\n${said}${complained}`);
  return said.trim();
}
