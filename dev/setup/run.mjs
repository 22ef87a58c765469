import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { logs, root } from './paths.mjs';
import { showProgress, tell } from './progress.mjs';

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
 * some tools hang if they cannot reach a server. `otherwise` says what the caller does if the step
 * fails; people then see that, and no failure.
 */
export async function step(title, command, args, options = {}) {
  const { env, cwd = root, next, limit, idle, otherwise = 'failed' } = options;
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `${title.replace(/[^\w.-]+/g, '-')}.log`);
  const end = showProgress(title);
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
  end(why ? otherwise : 'done');
  if (why) throw new StepFailed(title, why, log, next);
}

/** The steps' processes. They are in groups of their own, so Ctrl-C does not reach them by itself. */
const running = new Set();

function interrupt(signal) {
  for (const child of running) killGroup(child);
  process.exit(signal === 'SIGINT' ? 130 : 143);
}

function begun(child) {
  if (running.size === 0) process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  running.add(child);
}

function over(child) {
  running.delete(child);
  if (running.size === 0) process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
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
    begun(child);
    const finish = (why) => {
      clearInterval(watch);
      over(child);
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

export const say = (line) => tell(`  ${line}`);
