export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  return (sorted[Math.floor(half)] + sorted[Math.ceil(half) - 1]) / 2;
}

// How many standard deviations around the middle hold 95 % of a normal distribution.
const SURE = 1.96;

/**
 * Median and range of samples. `low` and `high` are where the median of endless rounds is, with a
 * confidence of 95 %, whatever the distribution: a count of samples below the median is binomial.
 * Five samples and fewer are not enough for that, and give their range.
 */
export function spread(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const { length } = sorted;
  const below = Math.max(0, Math.floor((length - 1 - SURE * Math.sqrt(length)) / 2));
  return {
    ...{ median: median(values), min: sorted[0], max: sorted[length - 1] },
    ...{ low: sorted[below], high: sorted[length - 1 - below] },
  };
}

/** Ratios of two sides, round by round: whatever slows the machine for a round slows both sides. */
export const ratio = (ones, others) => spread(ones.map((one, round) => one / others[round]));
