// The documents name commands, files and links that exist.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

const DOCUMENTS = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...['bench', 'dev/faults', 'dev/soak', 'dev/upstream'].map((dir) => `${dir}/README.md`),
];
const COMMAND = /\bnpm run ([a-z:-]+)/g;
const FILE = /`\/?((?:src|dev|tests|bench|\.github|\.ci)\/[\w./-]+)`/g;
const LINK = /\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)/g;

const found = (text, pattern) => [...text.matchAll(pattern)].map(([, ...groups]) => groups);

for (const document of DOCUMENTS) {
  const text = read(document);

  test(`${document} names only commands that exist`, () => {
    for (const [name] of found(text, COMMAND)) assert.ok(name in scripts, `npm run ${name}`);
  });

  test(`${document} names only files that exist`, () => {
    for (const [file] of found(text, FILE)) assert.ok(existsSync(join(root, file)), file);
  });

  test(`${document} has only links that lead somewhere`, () => {
    for (const [file, anchor] of found(text, LINK)) {
      const target = file === '' ? document : join(dirname(document), file);
      assert.ok(existsSync(join(root, target)), target);
      if (anchor !== undefined) assert.ok(anchors(read(target)).includes(anchor), `#${anchor}`);
    }
  });
}

test('ARCHITECTURE.md has every file and folder of src, and every folder of tests', () => {
  const map = read('ARCHITECTURE.md');
  for (const name of readdirSync(join(root, 'src'))) assert.ok(map.includes(` ${name}`), name);
  for (const name of readdirSync(join(root, 'tests'))) assert.ok(map.includes(`  ${name}/`), name);
});

/** The anchors that GitHub gives to headings. */
const anchors = (text) =>
  found(text, /^#+ (.*)$/gm).map(([title]) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
