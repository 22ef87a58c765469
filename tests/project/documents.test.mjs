// The documents name commands, files and links that exist.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { filesUnder } from '../../dev/setup/files.mjs';
import { root } from '../../dev/setup/paths.mjs';
import { testFiles } from '../../dev/test/files.mjs';
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

const documentsIn = (folder) => readdirSync(folder).filter((file) => file.endsWith('.md'));
const DOCUMENTS = [
  ...documentsIn(root),
  ...documentsIn(join(root, 'docs')).map((file) => `docs/${file}`),
  ...['bench', 'dev/faults', 'dev/soak', 'dev/upstream'].map((dir) => `${dir}/README.md`),
];
const COMMAND = /\bnpm run ([a-z:-]+)/g;
// A path from the root; a placeholder or a comment may follow: `tests/clients/<client>.test.mjs`.
const FILE =
  /`\/?((?:src|dev|docs|container|tests|bench|migrations|build|\.github|\.ci|\.local)\/[^`\s]*)/g;
const SOURCE = /`(?:[\w-]+\/)*([\w.-]+\.(?:rs|mjs|toml|lock|sql|sh))`/g;
const TEST = /\bnpm test -- (\w+\/[\w-]+)/g;
const NATIVE = /\bnpm test -- cargo ([\w: ]+)/g;
const LINK = /\]\((?!https?:)([^)#]*)(?:#([\w-]+))?\)/g;

// What set-up, the build and the tests make.
const MADE = ['.local/', 'build/'];

const fileNames = new Set(
  ['src', 'tests', 'dev', 'bench', 'migrations', 'container']
    .flatMap((folder) => filesUnder(join(root, folder)))
    .map((file) => basename(file))
    .concat(readdirSync(root)),
);

/** Whether the path of a native test, such as `sealing::what_was_sealed`, is one in tests/native. */
function hasNativeTests(word) {
  const parts = word.split('::');
  const folders = parts.map((_, at) => join(root, 'tests/native', ...parts.slice(0, at + 1)));
  const file = folders.map((path) => `${path}.rs`).findLast(existsSync);
  const name = folders.every((path) => existsSync(`${path}.rs`)) ? '' : parts.at(-1);
  return file !== undefined && readFileSync(file, 'utf8').includes(`fn ${name}`);
}

const found = (text, pattern) => [...text.matchAll(pattern)].map(([, ...groups]) => groups);

for (const document of DOCUMENTS) {
  const text = read(document);

  test(`${document} names only commands that exist`, () => {
    for (const [name] of found(text, COMMAND)) assert.ok(name in scripts, `npm run ${name}`);
  });

  test(`${document} names only files that exist`, () => {
    for (const [path] of found(text, FILE)) {
      if (MADE.some((folder) => path.startsWith(folder))) continue;
      const [sure] = path.split(/[<*]/);
      const file = sure === path ? path : dirname(`${sure}x`);
      assert.ok(existsSync(join(root, file)), path);
    }
    for (const [name] of found(text, SOURCE)) assert.ok(fileNames.has(name), name);
  });

  test(`${document} names only tests that exist`, () => {
    for (const [word] of found(text, TEST)) assert.notDeepEqual(testFiles([word]), []);
    for (const [words] of found(text, NATIVE)) {
      for (const word of words.split(' ')) assert.ok(hasNativeTests(word), word);
    }
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

test('ARCHITECTURE.md names only files and folders of src and tests that exist', () => {
  const [, map] = read('ARCHITECTURE.md').split('```');
  // Of each indentation, the folder that the last line named: `  kept.rs, kept/` names src/kept.
  const folders = [];
  for (const [indent, names] of found(map, /^( {0,4})([^\s,]+(?:, [^\s,]+)*)(?= |$)/gm)) {
    const depth = indent.length / 2;
    const paths = names
      .replace(/:$/, '')
      .split(', ')
      .map((name) => join(...folders.slice(0, depth), name));
    for (const path of paths) {
      assert.ok(existsSync(join(root, path)) || existsSync(join(root, `${path}.rs`)), path);
    }
    folders[depth] = paths.map((path) => basename(path)).at(-1);
  }
});

/** The anchors that GitHub gives to headings. */
const anchors = (text) =>
  found(text, /^#+ (.*)$/gm).map(([title]) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
