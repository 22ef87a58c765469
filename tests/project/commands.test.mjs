import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen } from '../../dev/test/chosen.mjs';
import { ALONE, isAlone, testFiles } from '../../dev/test/files.mjs';
import { STEPS } from '../../dev/test/steps.mjs';

const node = ['setup', 'build', 'node'];
const all = Object.keys(STEPS);

for (const [line, steps, words, paths] of [
  ['', all, [], []],
  ['cargo', ['cargo'], [], []],
  ['cargo sealing names', ['cargo'], ['sealing', 'names'], []],
  ['http/names', node, [], ['http/names']],
  ['podman', node, [], ['podman']],
  ['wasm store', ['wasm'], ['store'], []],
  ['wasm http/names', ['wasm', ...node], [], ['http/names']],
  ['cargo sealing http/names', ['cargo', ...node], ['sealing'], ['http/names']],
  ['lint http/names', ['lint', ...node], [], ['http/names']],
  ['node', node, [], []],
]) {
  test(`npm test -- ${line} runs ${steps.join(', ')}`, () => {
    const positionals = line.split(' ').filter(Boolean);
    assert.deepEqual(chosen(positionals), { steps, words, paths });
  });
}

test('a name pattern alone runs the test files', () => {
  assert.deepEqual(chosen([], true), { steps: node, words: [], paths: [] });
});

test('every file that is to run alone exists, and clients run side by side', () => {
  const files = testFiles([]);
  for (const start of ALONE) {
    assert.ok(
      files.some((file) => file.startsWith(start)),
      start,
    );
  }
  const clients = files.filter((file) => file.startsWith('tests/clients/'));
  assert.ok(clients.filter(isAlone).length < clients.length / 4);
});
