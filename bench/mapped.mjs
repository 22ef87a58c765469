/** The same object with what `work` makes of each value and its name. */
export const mapped = (object, work) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, work(value, name)]));
