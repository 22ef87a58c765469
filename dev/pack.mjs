#!/usr/bin/env node
// Packs the built Worker with all that `wrangler deploy` needs: node dev/pack.mjs [--to DIRECTORY]
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archive } from './release/archive.mjs';
import { layOut } from './release/contents.mjs';
import { sbom } from './release/sbom.mjs';
import { commitTime, version } from './release/version.mjs';
import { local, root } from './setup/paths.mjs';
import { nativeRust } from './setup/rust.mjs';

try {
  const { values } = parseArgs({
    options: { to: { type: 'string', default: join(root, 'build', 'release') } },
  });
  const to = resolve(values.to);
  mkdirSync(to, { recursive: true });
  const name = `bhcr-${version()}`;
  const dir = join(local, 'pack', name);
  rmSync(dir, { recursive: true, force: true });
  const time = commitTime();
  const bill = `${JSON.stringify(sbom(await nativeRust(), time), null, 2)}\n`;
  layOut(dir, { bill });
  writeFileSync(join(to, 'bhcr.cdx.json'), bill);
  const file = join(to, `${name}.tar.gz`);
  await archive({ dir, file, time });
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
  writeFileSync(`${file}.sha256`, `${digest}  ${basename(file)}\n`);
  console.log(`${relative(root, file)}: sha256 ${digest}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
