import { check } from './check.mjs';

const AT_ONCE = 16;

/**
 * Asks a side once for each of its paths, so that memory and Cache are filled. The paths are asked in
 * their order: afterwards memory has the last of them, and a load begins with the first.
 */
export async function prime(side) {
  const left = [...side.paths];
  async function ask() {
    while (left.length > 0) await check({ ...side, paths: [left.shift()], digest: undefined });
  }
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
}
