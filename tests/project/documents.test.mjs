// The commands of the project: each has one description, which `npm run help` prints.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../dev/setup/paths.mjs';
import { run } from '../support/run.mjs';

const read = (file) => readFileSync(join(root, file), 'utf8');
const { scripts, 'scripts-info': descriptions } = JSON.parse(read('package.json'));

test('every command has a description, and every description has a command', () => {
  // npm runs these by itself, before the command that they are named after.
  const commands = Object.keys(scripts).filter((name) => !name.startsWith('pre'));
  assert.deepEqual(Object.keys(descriptions).sort(), commands.sort());
});

test('npm run help prints every command with its description', async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'help'], { cwd: root });
  for (const [name, description] of Object.entries(descriptions)) {
    assert.match(stdout, new RegExp(`^npm (run )?${name} +\\S`, 'm'));
    assert.ok(stdout.includes(description), name);
  }
});

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'RELEASING.md', 'TROUBLESHOOTING.md'];
for (const document of DOCUMENTS) {
  test(`${document} names only commands that exist`, () => {
    for (const [, name] of read(document).matchAll(/\bnpm run ([a-z:-]+)/g)) {
      assert.ok(name in scripts, `npm run ${name}`);
    }
  });
}
