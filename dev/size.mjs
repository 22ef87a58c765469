import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from './setup/paths.mjs';

/** The files that a build makes, which are also what is uploaded. */
export const builtFiles = {
  js: join(root, 'build', 'index.js'),
  wasm: join(root, 'build', 'index_bg.wasm'),
};

/** The sizes of the built files in bytes, gzipped at the highest level: `{ js, wasm, total }`. */
export function builtSizes() {
  const [js, wasm] = [builtFiles.js, builtFiles.wasm].map(gzipped);
  return { js, wasm, total: js + wasm };
}

const gzipped = (file) => gzipSync(readFileSync(file), { level: 9 }).length;
