import { check } from './check.mjs';
import { inLanes } from './in-lanes.mjs';

const AT_ONCE = 16;

/**
 * Asks a side once for each of its paths, so that memory and Cache are filled. The paths are asked in
 * their order: afterwards memory has the last of them, and a load begins with the first.
 */
export async function prime(side) {
  const ask = (path) => check({ ...side, paths: [path], digest: undefined });
  await inLanes(AT_ONCE, side.paths, ask);
}
