#!/usr/bin/env node
// Prints what CHANGELOG.md says of a tag, and fails if the tag is not this version:
// node dev/release/notes.mjs v1.2.3
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';
import { notesOf } from './changelog.mjs';
import { version } from './version.mjs';

try {
  const tag = process.argv[2];
  if (tag !== `v${version()}`) throw new Error(`the tag is ${tag}, and the version ${version()}`);
  console.log(notesOf(version(), readFileSync(join(root, 'CHANGELOG.md'), 'utf8')));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
