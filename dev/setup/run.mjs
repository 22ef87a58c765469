import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { logs, root } from './paths.mjs';

const TAIL = 15;

/** A step that failed. The message has its last lines, where its log is, and what to do next. */
export class StepFailed extends Error {
  constructor(title, why, log, next) {
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL);
    super(
      [
        `${title}: ${why}`,
        ...lines.map((line) => `  | ${line}`),
        `  log: ${relative(root, log) || log}`,
        ...(next ? [`  next: ${next}`] : []),
      ].join('\n'),
    );
  }
}

/** The trimmed output of a quick command, or undefined if it fails or takes too long. */
export function output(command, args, { env, timeout = 20_000, cwd = root } = {}) {
  const done = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/**
 * Runs one step of set-up. Its output goes to a log; people see one line with the time it took.
 * `limit` bounds the time of the whole step, and `idle` the time without output, both in seconds:
 * some tools hang if they cannot reach a server.
 */
export async function step(title, command, args, options = {}) {
  const { env, cwd = root, next, limit, idle } = options;
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `${title.replace(/[^\w.-]+/g, '-')}.log`);
  const progress = showProgress(title);
  const fd = openSync(log, 'w');
  // In its own process group, so that a limit ends its children, too.
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', fd, fd],
    detached: true,
  });
  const why = await ended(child, { log, limit, idle });
  closeSync(fd);
  progress.end(why);
  if (why) throw new StepFailed(title, why, log, next);
}

function ended(child, { log, limit, idle }) {
  return new Promise((resolve) => {
    const started = Date.now();
    let late;
    const stop = (reason) => {
      late = reason;
      killGroup(child);
    };
    const watch = setInterval(() => {
      const now = Date.now();
      if (limit && now - started > limit * 1000) stop(`not done after ${limit} s`);
      else if (idle && now - Math.max(started, statSync(log).mtimeMs) > idle * 1000)
        stop(`no sign of life for ${idle} s`);
    }, 500);
    const interrupt = (signal) => {
      killGroup(child);
      process.exit(signal === 'SIGINT' ? 130 : 143);
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const finish = (why) => {
      clearInterval(watch);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      resolve(why);
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code, signal) =>
      finish(late ?? (code === 0 ? undefined : `ended with ${code ?? signal}`)),
    );
  });
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

/** Shows the seconds of a step: on a terminal in one line, elsewhere in a line each half minute. */
function showProgress(title) {
  const started = Date.now();
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const tty = process.stdout.isTTY;
  const tell = () =>
    process.stdout.write(tty ? `\r  ${title} … ${elapsed()}` : `  ${title} … ${elapsed()}\n`);
  if (tty) tell();
  const timer = setInterval(tell, tty ? 1000 : 30_000);
  return {
    end(why) {
      clearInterval(timer);
      process.stdout.write(
        `${tty ? '\r\x1b[K' : ''}  ${title}: ${why ? 'failed' : 'done'} (${elapsed()})\n`,
      );
    },
  };
}

export const say = (line) => console.log(`  ${line}`);
