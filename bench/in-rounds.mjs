/**
 * Calls `work` with `all` in each round, every second time in the opposite order; it answers what to
 * say of the round. Leaves out a round, but never the first, that would not be done by `until`.
 */
export async function inRounds(all, { rounds, until, say }, work) {
  let longest = 0;
  for (let round = 1; round <= rounds; round += 1) {
    const began = performance.now();
    if (round > 1 && began + longest > until) {
      say('no time left for the other rounds');
      break;
    }
    const told = await work(round % 2 === 0 ? all.toReversed() : all);
    say(`round ${round} of ${rounds}, ${told}`);
    longest = Math.max(longest, performance.now() - began);
  }
}
