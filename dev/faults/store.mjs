// The real KV is up to this far behind, so the twin remembers old values for as long.
const REMEMBERED_MS = 60_000;
const BETWEEN_WRITES_MS = 1000;

/** The entries of a twin: for each key the values that it had, and from when until when. */
export function makeStore() {
  const histories = new Map();

  /** The value that a key had at a time, which is now or up to a minute ago. */
  function get(key, at = Date.now()) {
    const version = histories.get(key)?.findLast(({ from }) => from <= at);
    return version !== undefined && version.until > at ? version.value : undefined;
  }

  function put(key, value, ttl = Number.POSITIVE_INFINITY) {
    begin(key, { value, until: Date.now() + ttl * 1000, isWrite: true });
  }

  function remove(key) {
    begin(key, { value: undefined, until: Number.POSITIVE_INFINITY });
  }

  function begin(key, version) {
    const from = Date.now();
    const history = histories.get(key) ?? [];
    const behind = history.findLastIndex((known) => known.from <= from - REMEMBERED_MS);
    histories.set(key, [...history.slice(Math.max(behind, 0)), { from, ...version }]);
  }

  function mayWrite(key) {
    const last = histories.get(key)?.findLast(({ isWrite }) => isWrite);
    return last === undefined || Date.now() - last.from >= BETWEEN_WRITES_MS;
  }

  const keys = () => [...histories.keys()].filter((key) => get(key) !== undefined);

  /** The latest key that is not this one. */
  const another = (key) => keys().findLast((known) => known !== key);
  return { get, put, remove, keys, another, mayWrite };
}

/** A copy of the bytes in which one bit in the middle differs. */
export function altered(bytes) {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] ^= 1;
  return copy;
}
