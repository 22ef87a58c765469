import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';

/** Builds the Worker in a process of its own. Throws if that fails, or if it is over its budget. */
export function buildWorker() {
  const { status } = spawnSync(process.execPath, [join(root, 'dev/build.mjs')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the build failed, so nothing was deployed');
}
