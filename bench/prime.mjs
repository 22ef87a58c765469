import { check } from './check.mjs';

const AT_ONCE = 16;

/**
 * Has a side asked once for each of its paths, so that every level has what it can hold. They are
 * asked for in their order: memory has the last ones then, and a load begins with the first.
 */
export async function prime(side) {
  const left = [...side.paths];
  async function ask() {
    while (left.length > 0) await check({ ...side, paths: [left.shift()], digest: undefined });
  }
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
}
