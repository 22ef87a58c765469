import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, isExecutable, readJson, writeJson } from './files.mjs';
import { bin, root } from './paths.mjs';
import { say, step } from './run.mjs';

const linter = join(root, 'dev', 'lint');

/** Installs the npm packages of the lock file, if the file has changed since the last time. */
export async function npmPackages() {
  await locked('npm packages', root, linkNode);
  warnAboutNode();
}

/** Installs biome, which only lints need, and answers where it is. */
export async function biome() {
  await locked('biome', linter);
  return join(linter, 'node_modules', '.bin');
}

async function locked(title, dir, afterwards = () => {}) {
  const stamp = join(dir, 'node_modules', '.bhcr.json');
  const lock = createHash('sha256').update(readFileSync(join(dir, 'package-lock.json')));
  const wanted = { lock: lock.digest('hex'), platform: `${process.platform}-${process.arch}` };
  const found = readJson(stamp);
  if (found?.lock === wanted.lock && found.platform === wanted.platform) return;
  await install(title, dir);
  afterwards();
  writeJson(stamp, wanted);
}

async function install(title, cwd) {
  // No package needs its install script here, and not every version of npm runs such scripts.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await step(title, 'npm', args, {
    cwd,
    next: 'make sure that the npm registry can be reached, then run this again',
  });
}

/** Links the Node that wrangler needs into node_modules/.bin. npm 11 does so itself, npm 10 does not. */
function linkNode() {
  const program = join('..', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  const link = join(bin, 'node');
  if (isExecutable(join(bin, program)) && !existsSync(link)) symlinkSync(program, link);
}

function warnAboutNode() {
  if (isExecutable(join(bin, 'node')) || atLeast(process.versions.node, '22.12')) return;
  if (existsSync(bin))
    say(`install Node 22.12 or newer: wrangler needs it, and this is ${process.versions.node}`);
}
