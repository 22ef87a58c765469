export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  return (sorted[Math.floor(half)] + sorted[Math.ceil(half) - 1]) / 2;
}

/** Median and range of samples. */
export const spread = (values) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** Ratios of two sides, round by round: whatever slows the machine for a round slows both sides. */
export const ratio = (ones, others) => spread(ones.map((one, round) => one / others[round]));
