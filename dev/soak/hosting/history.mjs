// What was there before the first write.
const FIRST = { value: undefined, from: Number.NEGATIVE_INFINITY, until: Number.NEGATIVE_INFINITY };

/**
 * Values that are written and read by many at once. A write takes effect at some moment between its
 * beginning and its end, and a read tells the value of some moment between its own.
 */
export function makeHistory() {
  const writes = new Map();

  /** A write begins. It ends with `made()`, or with `refused()` where it had no effect. */
  function begin(key, value) {
    const write = { value, from: Date.now(), until: Number.POSITIVE_INFINITY };
    const all = writes.get(key) ?? [];
    writes.set(key, [...all, write]);
    return {
      made() {
        write.until = Date.now();
      },
      refused() {
        const left = writes.get(key).filter((one) => one !== write);
        writes.set(key, left);
      },
    };
  }

  /** The values that a read under way from `from` until `until` may tell. */
  function possible(key, { from, until }) {
    const begun = [FIRST, ...(writes.get(key) ?? [])].filter((one) => one.from <= until);
    const isOver = (one) => begun.some((next) => one.until < next.from && next.until < from);
    return new Set(begun.filter((one) => !isOver(one)).map(({ value }) => value));
  }

  return { begin, possible };
}
