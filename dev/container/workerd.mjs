import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../setup/files.mjs';
import { root } from '../setup/paths.mjs';
import { step } from '../setup/run.mjs';

const NAMES = { amd64: '@cloudflare/workerd-linux-64', arm64: '@cloudflare/workerd-linux-arm64' };

/**
 * The folder of the runtime's package for an architecture, in the version of the lock file: the one
 * that `npm ci` has installed, or else one that is downloaded into `dir`. Throws if that is not what
 * the lock file says.
 */
export async function workerdPackage({ arch, dir }) {
  const name = NAMES[arch];
  const installed = join(root, 'node_modules', name);
  return existsSync(join(installed, 'bin')) ? installed : downloaded(name, { arch, dir });
}

async function downloaded(name, { arch, dir }) {
  const { packages } = readJson(join(root, 'package-lock.json'));
  const { version, integrity } = packages[`node_modules/${name}`];
  mkdirSync(dir, { recursive: true });
  const pack = ['pack', `${name}@${version}`, '--pack-destination', dir];
  await step(`workerd ${version} (${arch})`, 'npm', pack, { cwd: dir });
  const file = join(
    dir,
    readdirSync(dir).find((it) => it.endsWith('.tgz')),
  );
  const found = createHash('sha512').update(readFileSync(file)).digest('base64');
  if (`sha512-${found}` !== integrity) {
    throw new Error(`${name}@${version} is not what package-lock.json says: ${file}`);
  }
  await step(`workerd (${arch}, unpacked)`, 'tar', ['-xzf', file, '-C', dir]);
  return join(dir, 'package');
}
