/** Calls `work` with each of `items`, in their order, and with at most `count` of them at once. */
export async function inLanes(count, items, work) {
  const left = [...items];
  async function lane() {
    while (left.length > 0) await work(left.shift());
  }
  await Promise.all(Array.from({ length: count }, lane));
}
