import { CONNECTIONS } from './wrk.mjs';

const WORDS = { upstream: 'requests upstream', cached: 'hits in the Cache' };

/** Where a side did not measure what it is there for, in words. */
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

// Requests that are under way when a round begins or ends count on one side alone.
function isOff({ requests, ...sample }, what, promised) {
  return Math.abs(sample[what] - promised) * requests > 2 * CONNECTIONS + requests / 100;
}
