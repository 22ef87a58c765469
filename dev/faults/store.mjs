// The longest that the real one is behind, and what is remembered here of what was.
const REMEMBERED_MS = 60_000;
const BETWEEN_WRITES_MS = 1000;

/** What a twin holds: of each key the values it had, with the times when they began and end. */
export function makeStore() {
  const histories = new Map();

  /** The value at a time, now or up to a minute ago. */
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

  /** Another key than this one, the latest where there are several. */
  const another = (key) => keys().findLast((known) => known !== key);
  return { get, put, remove, keys, another, mayWrite };
}

/** The same bytes but for one in the middle. */
export function altered(bytes) {
  const copy = Buffer.from(bytes);
  copy[copy.length >> 1] ^= 1;
  return copy;
}
