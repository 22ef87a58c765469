/**
 * Does several pieces of work at once, and answers their results. If one fails, the others are done
 * first: nothing goes on after the error.
 */
export async function together(...work) {
  const done = await Promise.allSettled(work);
  const failed = done.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  return done.map(({ value }) => value);
}
