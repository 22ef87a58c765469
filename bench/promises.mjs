// Requests that are under way when a round ends count on one side alone.
const SLACK = 0.02;

const WORDS = { upstream: 'requests upstream', cached: 'hits in the Cache' };

/** Where a side did not measure what it is there for, in words. */
export function broken(sides, { samples }) {
  return sides.flatMap((side) =>
    Object.entries(WORDS)
      .filter(([what]) => side[what] !== undefined)
      .map(([what, words]) => {
        const worst = furthest(
          samples[side.id].map((sample) => sample[what]),
          side[what],
        );
        return Math.abs(worst - side[what]) <= SLACK
          ? undefined
          : `${side.title}: ${worst.toFixed(2)} ${words} a request, not ${side[what]}`;
      })
      .filter((words) => words !== undefined),
  );
}

const furthest = (values, promised) =>
  values.toSorted((one, other) => Math.abs(other - promised) - Math.abs(one - promised))[0];
