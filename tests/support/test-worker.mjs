import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bindings } from '../../dev/setup/bindings.mjs';
import { bin, local, root } from '../../dev/setup/paths.mjs';
import { cargoEnv, rust } from '../../dev/setup/rust.mjs';
import versions from '../../dev/setup/versions.mjs';

const { target } = versions.rust;
const dir = join(local, 'test-worker');

function run(command, args, env = process.env) {
  const done = spawnSync(command, args, { cwd: root, env, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${command} failed:\n${done.stderr ?? done.error}`);
}

/** Builds the Worker of tests/worker, and gives its files: `{ js, wasm }`. */
export async function buildTestWorker() {
  const { native, wasm } = await rust();
  run('cargo', ['build', '--example', 'worker', '--target', target], cargoEnv(wasm, bin));
  const targetDir = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  const made = join(targetDir, target, 'debug', 'examples', 'worker.wasm');
  mkdirSync(dir, { recursive: true });
  run(await bindings(native), [made, dir]);
  copyFileSync(join(root, 'tests', 'worker', 'worker.js'), join(dir, 'worker.js'));
  const js = bundle(join(dir, 'worker.js'), 'bundle.js');
  return { js, wasm: join(dir, 'index_bg.wasm') };
}

/** Bundles a Worker of tests/worker that is JavaScript alone, and gives its file. */
export const bundleTestWorker = (name) =>
  bundle(join(root, 'tests', 'worker', `${name}.js`), `${name}.js`);

function bundle(from, name) {
  const js = join(dir, name);
  const form = ['--bundle', '--format=esm', '--external:./index_bg.wasm', `--outfile=${js}`];
  run(join(bin, 'esbuild'), [from, ...form, '--log-level=error']);
  return js;
}
