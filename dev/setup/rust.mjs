import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from './files.mjs';
import { local, pathWith } from './paths.mjs';
import { say } from './run.mjs';
import { chooseCargo } from './rust-cargo.mjs';
import { chooseTarget } from './rust-target.mjs';
import versions from './versions.mjs';

const remembered = join(local, 'toolchain.json');
const inputs = JSON.stringify([
  versions.rust,
  versions.debian.rust,
  process.platform,
  process.arch,
]);
const key = createHash('sha256').update(inputs).digest('hex');

/**
 * The toolchains of this machine: `native` for tests and lints, `wasm` for the Worker. Each has
 * directories to put first on the PATH, and variables for cargo. The choice is remembered, because
 * rustup may take a while to answer; each time it is checked that the chosen files still exist.
 */
export async function rust() {
  const found = readJson(remembered);
  if (found?.key === key && [found.native, found.wasm].every(stillThere)) return found;
  const native = await chooseCargo();
  say(`Rust: ${native.about}`);
  const wasm = await chooseTarget(native);
  say(`${versions.rust.target}: ${wasm.about}`);
  const chosen = { key, native, wasm };
  writeJson(remembered, chosen);
  return chosen;
}

/** The native toolchain only: lints and native tests need no other. */
export async function nativeRust() {
  const found = readJson(remembered);
  return found?.key === key && stillThere(found.native) ? found.native : chooseCargo();
}

const stillThere = (toolchain) => toolchain.needs.every((path) => existsSync(path));

/** The environment in which cargo runs with a toolchain. */
export const cargoEnv = (toolchain, ...first) => ({
  ...process.env,
  ...toolchain.env,
  PATH: pathWith(...first, ...toolchain.path),
});
