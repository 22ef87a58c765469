import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { cache } from './paths.mjs';

/**
 * Fills a directory with a tool. `fill` gets a temporary directory, which is renamed to `final` when
 * it is complete: after an interrupted set-up there is no half-installed tool.
 */
export async function installed(final, fill) {
  mkdirSync(cache, { recursive: true });
  const temporary = `${final}.tmp-${process.pid}`;
  const clear = () => rmSync(temporary, { recursive: true, force: true });
  process.once('exit', clear);
  await fill(temporary);
  rmSync(final, { recursive: true, force: true });
  renameSync(temporary, final);
  process.off('exit', clear);
}
