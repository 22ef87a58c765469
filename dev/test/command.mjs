import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { bin, root } from '../setup/paths.mjs';

/**
 * Runs a command, shows its output as it comes unless `isShown` is false, and answers `{ ok, said }`:
 * all that it printed.
 */
export function command(name, args, { isShown = true, env: more = {} } = {}) {
  // npm installs Node 22 there, because wrangler needs it. The tests use it as well, if it is there.
  const env = { ...process.env, ...more, PATH: [bin, process.env.PATH].join(delimiter) };
  return new Promise((resolve) => {
    const child = spawn(name, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const [stream, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding('utf8').on('data', (text) => {
        if (isShown) to.write(text);
        said += text;
      });
    }
    child.once('error', (error) => resolve({ ok: false, said: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, said }));
  });
}

/** The same for a script of this project in `dev/`. */
export const script = (file, ...args) => command('node', [join('dev', file), ...args]);
