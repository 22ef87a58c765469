import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const READY_MS = 30_000;
const GRACE_MS = 10_000;
// Linux counts processor time in /proc in units of this length.
const TICK_MS = 10;

const exec = promisify(execFile);

/** Runs a program, until it ends or the run does. Answers what it printed. */
export async function runProgram(lifetime, program, args, options = {}) {
  const { stdout } = await exec(program, args, { ...options, signal: lifetime.signal });
  return stdout;
}

/**
 * Starts a server and waits until `ready` answers true. Its output is thrown away, because a full
 * pipe would stop it; its errors go to the file `log`. Answers `{ pid, stop() }`.
 */
export async function startProgram(lifetime, program, args, { log, ready, ...options }) {
  lifetime.signal.throwIfAborted();
  const errors = openSync(log, 'w');
  // In its own process group, so that Ctrl-C reaches this process only, which stops the others in
  // the right order.
  const stdio = ['ignore', 'ignore', errors];
  const child = spawn(program, args, { ...options, detached: true, stdio });
  closeSync(errors);
  const failed = new Promise((_, reject) => child.once('error', reject));
  const gone = once(child, 'exit');
  const stop = () => end(child, gone);
  lifetime.add(stop);
  await Promise.race([failed, untilReady(child, { ready, log, program, lifetime })]);
  return { pid: child.pid, stop };
}

async function untilReady(child, { ready, log, program, lifetime }) {
  const deadline = Date.now() + READY_MS;
  while (!(await ready().catch(() => false))) {
    lifetime.signal.throwIfAborted();
    if (hasEnded(child) || Date.now() > deadline) {
      throw new Error(`${program} did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
    }
    await sleep(50);
  }
}

const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

async function end(child, gone) {
  if (child.pid === undefined || hasEnded(child)) return;
  process.kill(-child.pid, 'SIGTERM');
  const force = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), GRACE_MS);
  await gone;
  clearTimeout(force);
}

/** The processor time that a process has taken, in milliseconds. */
export function processorMs(pid) {
  // The process name, in brackets, may have spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const [user, system] = [fields[11], fields[12]].map(Number);
  return (user + system) * TICK_MS;
}
