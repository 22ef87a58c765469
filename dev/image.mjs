#!/usr/bin/env node
// Prepares the folder that the container image is built from: node dev/image.mjs [--arch arm64]
import { appendFileSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ARCHITECTURES, makeRoot } from './container/root.mjs';
import { readJson } from './setup/files.mjs';
import { local, root } from './setup/paths.mjs';

const OWN = process.arch === 'arm64' ? 'arm64' : 'amd64';
const BESIDE = ['Dockerfile', 'balena.yml', 'docker-compose.yml', 'docker-compose.gateway.yml'];

try {
  const { values } = parseArgs({ options: { arch: { type: 'string', default: OWN } } });
  const { arch } = values;
  if (!ARCHITECTURES.includes(arch)) {
    throw new Error(`--arch is one of ${ARCHITECTURES.join(', ')}: workerd is made for no other`);
  }
  const to = join(root, 'build', 'image', arch);
  const work = join(local, 'image', arch);
  for (const dir of [to, work]) rmSync(dir, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  await makeRoot({ arch, to: join(to, 'root'), work });
  for (const name of BESIDE) copyFileSync(join(root, 'container', name), join(to, name));
  const { version } = readJson(join(root, 'package.json'));
  appendFileSync(join(to, 'balena.yml'), `version: ${version}\n`);
  console.log(
    `${relative(root, to)} is ready. To build the image: docker build -t bhcr ${relative(root, to)}`,
  );
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
