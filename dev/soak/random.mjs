/** Numbers that look random and are the same for the same seed (mulberry32). */
export function makeRandom(seed) {
  let state = seed >>> 0;

  function next() {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const between = (least, most) => least + Math.floor(next() * (most - least + 1));
  const pick = (list) => list[between(0, list.length - 1)];
  /** One of the keys of `weights`, as often as they weigh. */
  function weighed(weights) {
    let left = next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    return Object.keys(weights).find((key) => {
      left -= weights[key];
      return left < 0;
    });
  }
  const fork = () => makeRandom(between(0, 2 ** 32 - 1));
  return { between, pick, weighed, chance: (share) => next() < share, fork };
}
