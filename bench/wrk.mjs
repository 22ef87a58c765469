import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './process.mjs';

const script = join(import.meta.dirname, 'wrk.lua');

export const CONNECTIONS = 16;

/** Makes `load(side, seconds)`, which loads a side with wrk, and answers what wrk measured. */
export function makeWrk(lifetime, wrk) {
  const dir = lifetime.scratch('wrk');
  // A load goes on at the path where the one before it ended. If each began at the first path, it
  // would ask for what memory still has.
  const ends = new Map();

  return async function load({ id, title, url, paths: asked, headers }, seconds) {
    const start = ends.get(id) ?? 0;
    const paths = join(dir, id);
    writeFileSync(paths, `${asked.join('\n')}\n`);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const flags = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', script];
    const given = lines.flatMap((line) => ['-H', line]);
    const printed = await runProgram(lifetime, wrk, [...flags, ...given, url, '--', paths, start]);
    const { refused, broken, ...measured } = JSON.parse(printed.trim().split('\n').at(-1));
    if (refused + broken > 0 || measured.requests === 0) {
      throw new Error(
        `${title}: of ${measured.requests} requests ${refused} were refused and ${broken} broke off\n` +
          '  next: make such a request by hand to see why; figures of errors mean nothing',
      );
    }
    ends.set(id, start + measured.requests);
    return measured;
  };
}
