import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Starts a server in its own process group, and waits until `ready` answers true. Keeps what the
 * server prints, for tests that read it, and for the error if the server does not start.
 */
export async function startServer(command, args, { ready, seconds = 60, ...options }) {
  const child = spawn(command, args, {
    ...options,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const ended = once(child, 'exit');
  const server = { pid: child.pid, output: () => output, stop: () => stop(child, ended) };
  const deadline = Date.now() + seconds * 1000;
  while (!(await ready())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await server.stop();
      throw new Error(`${command} ${args[0]} did not start:\n${output}`);
    }
    await sleep(100);
  }
  return server;
}

/** The memory that a process uses, in bytes. */
export function residentBytes(pid) {
  const [, kilobytes] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/);
  return Number(kilobytes) * 1024;
}

async function stop(child, ended) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  process.kill(-child.pid, 'SIGTERM');
  const force = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 5000);
  await ended;
  clearTimeout(force);
}
