import { run } from './run.mjs';

/** The ids of all descendants of a process, in whatever process groups they are. */
export async function descendants(pid) {
  const { stdout } = await run('ps', ['-e', '-o', 'pid=,ppid=']);
  const all = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/).map(Number));
  const found = [pid];
  for (const parent of found) {
    found.push(...all.filter(([, its]) => its === parent).map(([child]) => child));
  }
  return found.slice(1);
}

export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}
