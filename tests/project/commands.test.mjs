import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen } from '../../dev/test/chosen.mjs';
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
