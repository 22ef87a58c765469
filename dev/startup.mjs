import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { compatibility } from './compatibility.mjs';

// The system counts processor time in hundredths of a second, and one start takes only a few of
// them. Therefore the times of several starts are added up.
const RUNS = 12;
const SCRIPT = `for run in ${[...Array(RUNS).keys()].join(' ')}; do "$0" test "$1" || exit; done; times`;

/**
 * Measures the processor time that a Worker of these files takes to start, in milliseconds: to parse
 * and compile its modules, to run their global scope and to instantiate WebAssembly. Cloudflare
 * limits this time when a Worker is deployed. The measure is the difference between a run of the
 * runtime with these files and one with an empty Worker. As at Cloudflare, a WebAssembly function is
 * compiled when it is first called.
 */
export async function startMs(files) {
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-startup-'));
  try {
    const [built, empty] = await Promise.all([
      milliseconds(dir, 'built', files),
      milliseconds(dir, 'empty', []),
    ]);
    return Math.max(0, (built - empty) / RUNS);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function milliseconds(dir, name, files) {
  // Imported here and not above, because this file is loaded before set-up installs workerd.
  const { default: workerd } = await import('workerd');
  const file = join(dir, `${name}.capnp`);
  writeFileSync(file, config(dir, files));
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout } = await promisify(execFile)('sh', ['-c', SCRIPT, workerd.default, file], {
    env,
  });
  return childrensTime(stdout);
}

// The last line of the shell's `times` is about its children.
const TIMES = /^(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/;

function childrensTime(stdout) {
  const numbers = stdout.trimEnd().split('\n').at(-1).match(TIMES).slice(1).map(Number);
  const [userMinutes, userSeconds, systemMinutes, systemSeconds] = numbers;
  return ((userMinutes + systemMinutes) * 60 + userSeconds + systemSeconds) * 1000;
}

function config(dir, files) {
  const imports = files.filter(isScript).map((file) => `import './${basename(file)}'; `);
  const start = `${imports.join('')}export default { test() {} };`;
  const modules = files.map((file) => {
    const kind = isScript(file) ? 'esModule' : 'wasm';
    return `( name = "./${basename(file)}", ${kind} = embed ${quote(relative(dir, file))} )`;
  });
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = ( services = [ ( name = "start", worker = .start ) ] );
const start :Workerd.Worker = (
  modules = [ ${[`( name = "start.js", esModule = ${quote(start)} )`, ...modules].join(', ')} ],
  ${compatibility()},
);
`;
}

const isScript = (file) => file.endsWith('.js');

// Cap'n Proto quotes strings as JSON does.
const quote = (text) => JSON.stringify(text);
