const PARTS = ['api', 'registry', 'streaming', 'storage'];

/** Answers a function for each part of upstream that gives the requests it got since this call. */
export function watch(upstream) {
  const parts = PARTS.map((part) => [part, upstream[part].requests().length]);
  return Object.fromEntries(
    parts.map(([part, before]) => [part, () => upstream[part].requests().slice(before)]),
  );
}
