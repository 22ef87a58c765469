import { spawn } from 'node:child_process';

/**
 * Runs a program to its end. Answers what it printed, or throws an error that has it.
 * `seconds` is a guard against hanging, and no measure of speed.
 */
export function run(program, args, { input = '', seconds = 180, ...options } = {}) {
  return new Promise((resolve, reject) => {
    // In its own process group, so that the guard ends its children, too.
    const child = spawn(program, args, { ...options, detached: true });
    const guard = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), seconds * 1000);
    const said = { stdout: '', output: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        if (name in said) said[name] += text;
        said.output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(guard);
      if (code === 0) return resolve(said);
      return reject(new ProgramFailed(program, args, code ?? signal, said));
    });
    // A program may end without reading its input. Its status says whether that is an error.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

class ProgramFailed extends Error {
  constructor(program, args, status, said) {
    super(`${program} ${args.join(' ')} ended with ${status}:\n${said.output}`);
    Object.assign(this, said);
  }
}
