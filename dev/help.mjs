#!/usr/bin/env node
// Prints the commands of this project, each with its description in package.json: npm run help
import { join } from 'node:path';
import { readJson } from './setup/files.mjs';
import { root } from './setup/paths.mjs';

const NAME_WIDTH = 16;
// npm runs these two without `run`.
const SHORT = ['start', 'test'];

const { 'scripts-info': descriptions } = readJson(join(root, 'package.json'));
for (const [name, description] of Object.entries(descriptions)) {
  const command = SHORT.includes(name) ? `npm ${name}` : `npm run ${name}`;
  console.log(`${command.padEnd(NAME_WIDTH)}  ${description}`);
}
