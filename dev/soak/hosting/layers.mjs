import { randomBytes } from 'node:crypto';
import { digestOf } from '../../../tests/support/registry.mjs';

const PART = 5 << 20;
const COMMON = [10, 700, 3000, 20_000, 20_000, 100_000, 300_000, PART + 1000];

const layer = (bytes) => ({ bytes, digest: digestOf(bytes) });

/** The configuration of all images. */
export const CONFIG = layer(Buffer.from('{}'));

/**
 * Layers: some that images of every account have, and others that only one has, of which it is
 * known which account that is.
 */
export function makeLayers() {
  const common = COMMON.map((length) => layer(randomBytes(length)));
  const own = new Map();

  function unique(account, random) {
    const made = layer(randomBytes(random.between(1, 5000)));
    own.set(account, [...(own.get(account) ?? []), made]);
    return made;
  }

  const some = (account, random) =>
    Array.from({ length: random.between(1, 3) }, () =>
      random.chance(0.3) ? unique(account, random) : random.pick(common),
    );

  /** A layer that this account alone has, if there is one yet. */
  const ofOne = (account, random) => own.has(account) && random.pick(own.get(account));

  return { some, ofOne };
}
