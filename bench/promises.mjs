import { CONNECTIONS } from './wrk.mjs';

const WORDS = { upstream: 'requests upstream', cached: 'hits in the Cache' };

/** Describes each side that did not do what its name says: too few or too many requests upstream. */
export function broken(sides, { samples }) {
  return sides.flatMap((side) => {
    const promised = Object.keys(WORDS).filter((what) => side[what] !== undefined);
    return promised.flatMap((what) => {
      const found = samples[side.id].find((sample) => isOff(sample, what, side[what]));
      if (found === undefined) return [];
      return `${side.title}: ${found[what].toFixed(2)} ${WORDS[what]} a request, not ${side[what]}`;
    });
  });
}

// Allows for requests that begin before a round or end after it: only one of the counts has them.
function isOff({ requests, ...sample }, what, promised) {
  return Math.abs(sample[what] - promised) * requests > 2 * CONNECTIONS + requests / 100;
}
