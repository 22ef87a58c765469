const SHOWN = 20;

/** Counts what holds and what does not, and tells the first violations. */
export function makeJudge(say) {
  const counts = { requests: 0, checks: 0, violations: 0 };

  /** `holds` has to be true; `what` tells what is wrong where it is not. */
  function check(holds, what) {
    counts.checks += 1;
    if (holds) return;
    counts.violations += 1;
    if (counts.violations <= SHOWN) say(`violation: ${what()}`);
  }

  const asked = () => {
    counts.requests += 1;
  };

  return { check, asked, counts };
}
