import { spawn } from 'node:child_process';
import { once } from 'node:events';

const GRACE_MS = 5000;

// Runs a command in its own process group, and ends the group when the pipe to its standard input
// closes. That happens when this process ends, for whatever reason.
const UNTIL_STDIN_ENDS = `
  exec 3<&0
  trap : TERM
  "$@" & child=$!
  { read -r _ <&3; kill 0; } &
  while kill -0 $child 2>/dev/null; do wait $child; done
`;

export function startChild(command, { stdout, stderr, ...options }) {
  const child = spawn('/bin/sh', ['-c', UNTIL_STDIN_ENDS, 'sh', ...command], {
    detached: true,
    ...options,
    stdio: ['pipe', stdout, stderr],
  });
  const gone = once(child, 'exit');
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const signalGroup = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };

  async function stop() {
    signalGroup('SIGTERM');
    const timer = setTimeout(signalGroup, GRACE_MS, 'SIGKILL');
    await gone;
    clearTimeout(timer);
    signalGroup('SIGKILL');
  }

  return { isRunning, gone, stop };
}
