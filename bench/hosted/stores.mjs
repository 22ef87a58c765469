import { startD1 } from '../../tests/support/d1.mjs';
import { startR2 } from '../../tests/support/r2.mjs';

/**
 * Starts the local R2 and D1, each in a process of its own: so the processor time of a Worker's
 * process is the Worker's alone. Answers `{ addresses, run(sql, params) }`; `run` is D1's.
 */
export async function startStores(lifetime) {
  const dir = lifetime.scratch('stores');
  const r2 = await startR2(dir);
  lifetime.add(r2.stop);
  const d1 = await startD1(dir);
  lifetime.add(d1.stop);
  return { addresses: { d1: d1.address, r2: r2.address }, run: d1.run };
}
