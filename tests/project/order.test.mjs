import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderByLikeness } from '../../dev/order/likeness.mjs';
import { functionsOf, withNames } from '../../dev/order/module.mjs';

test('functions that are alike come side by side, and each one once', () => {
  const kinds = [0, 1, 2].map((kind) => Uint8Array.from({ length: 200 }, (_, i) => i * (kind + 3)));
  const functions = [0, 1, 2, 0, 1, 2, 0, 1, 2].map((kind, index) => {
    const bytes = Uint8Array.from(kinds[kind]);
    bytes[100] = index;
    return bytes;
  });
  const order = orderByLikeness(functions);
  assert.deepEqual([...order].sort(), [...functions.keys()]);
  const inOrder = order.map((index) => index % 3);
  assert.deepEqual(inOrder, [0, 0, 0, 1, 1, 1, 2, 2, 2]);
});

test('functions without anything in common, short or empty, all have a place', () => {
  const functions = [[], [1], [1, 2, 3, 4, 5, 6, 7], [], [9, 9, 9, 9, 9, 9]];
  const order = orderByLikeness(functions.map((bytes) => Uint8Array.from(bytes)));
  assert.deepEqual([...order].sort(), [0, 1, 2, 3, 4]);
});

test('a module has its functions in order, and takes names for them behind its imports', () => {
  const functions = functionsOf(MODULE);
  assert.deepEqual(functions, [Buffer.from([0, 0x41, 1, 0x0b]), Buffer.from([0, 0x41, 2, 0x0b])]);
  const named = withNames(MODULE, ['second', 'first'.repeat(30)]);
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(named), 'name');
  const long = 'first'.repeat(30);
  const expected = [
    1,
    0xa2,
    1,
    2,
    1,
    6,
    ...Buffer.from('second'),
    2,
    0x96,
    1,
    ...Buffer.from(long),
  ];
  assert.deepEqual([...Buffer.from(section)], expected);
});

// (import "a" "b" (func (result i32))) (func (result i32) i32.const 1) (func (result i32) i32.const 2)
const MODULE = Buffer.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7f],
  ...[2, 7, 1, 1, 0x61, 1, 0x62, 0, 0],
  ...[3, 3, 2, 0, 0],
  ...[10, 11, 2, 4, 0, 0x41, 1, 0x0b, 4, 0, 0x41, 2, 0x0b],
]);
