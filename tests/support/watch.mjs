const PARTS = ['api', 'registry', 'streaming', 'storage'];

/** What reaches each part of upstream from now on. */
export function watch(upstream) {
  const parts = PARTS.map((part) => [part, upstream[part].requests().length]);
  return Object.fromEntries(
    parts.map(([part, before]) => [part, () => upstream[part].requests().slice(before)]),
  );
}
