import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const read = (name) => readFileSync(fileURLToPath(new URL(name, root)), 'utf8');

for (const name of ['package-lock.json', 'dev/lint/package-lock.json']) {
  test(`${name} has the digest of every package`, () => {
    const { packages } = JSON.parse(read(name));
    const all = Object.entries(packages).filter(([path]) => path !== '');
    assert.ok(all.length > 5);
    const without = all.filter(([, { integrity }]) => !/^sha512-[\w+/]{86}==$/.test(integrity));
    assert.deepEqual(
      without.map(([path]) => path),
      [],
    );
  });
}

test('one version of wasm-bindgen compiles the Worker and makes its bindings', () => {
  const lock = read('Cargo.lock');
  const names = ['wasm-bindgen', 'wasm-bindgen-cli', 'wasm-bindgen-cli-support'];
  const versions = names.map((name) => lock.match(`name = "${name}"\nversion = "(.+)"`)[1]);
  assert.equal(new Set(versions).size, 1, versions.join());
});
