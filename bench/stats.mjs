export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  return (sorted[Math.floor(half)] + sorted[Math.ceil(half) - 1]) / 2;
}

/** What is told of samples. */
export const spread = (values) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

/** Ratios of two sides, taken round by round: what a machine does between rounds falls out. */
export const ratio = (ones, others) => spread(ones.map((one, round) => one / others[round]));
