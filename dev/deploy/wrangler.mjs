import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { bin, pathWith } from '../setup/paths.mjs';
import { Absent, Unseen } from './unseen.mjs';

// How wrangler says that the account does not have what it was asked for.
const ABSENT = /\[code: (10006|10007)\]|^.*Worker ".*" .*not found\./m;

/**
 * wrangler for one environment of a configuration. `run` shows what it prints, and throws if it
 * fails. `ask` answers what it prints. It throws `Absent` if the account does not have what was
 * asked for, and `Unseen` if wrangler could not see it, such as without an account.
 */
export function wranglerOf({ program, config, env }) {
  const start = (args, stdio, more = {}) =>
    spawn(program, [...args, '--config', config, '--env', env], {
      cwd: dirname(config),
      env: { WRANGLER_SEND_METRICS: 'false', ...process.env, PATH: pathWith(bin), ...more },
      stdio,
    });
  return {
    run: (args) => show(start(args, 'inherit'), args),
    ask: (args) => answer(start(args, ['ignore', 'pipe', 'pipe'], UNATTENDED)),
  };
}

// With CI set, wrangler does not wait for somebody to log in.
const UNATTENDED = { CI: 'true', NO_COLOR: '1' };

async function show(child, args) {
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`wrangler ${args.join(' ')} failed`);
}

async function answer(child) {
  const closed = once(child, 'close');
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await closed;
  if (code === 0) return said;
  const all = `${said}\n${complained}`;
  if (ABSENT.test(all)) throw new Absent();
  throw new Unseen(reason(all));
}

/** The line of the API's error, or else of wrangler's, or else the first one. */
function reason(output) {
  const [line] = output.match(/\S.*\[code: \d+\]/) ?? output.match(/(?<=\[ERROR\S*\s+).*/) ?? [];
  return line ?? (output.trim().split('\n')[0] || 'wrangler said nothing');
}
