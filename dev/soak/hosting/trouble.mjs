import { setTimeout as sleep } from 'node:timers/promises';
import { pass } from '../../faults/forward.mjs';
import { FELT_MS } from './settings.mjs';

const LASTS_MS = { least: 100, most: 1000 };
const QUIET_MS = { least: 1500, most: 4000 };
const SLOW_MS = 300;

const slow = (request, response, target) => {
  setTimeout(() => pass(request, response, target), SLOW_MS);
};
// R2 and D1 fail as a whole, and before or after a call took effect; they never lie.
const KINDS = ['refuse', 'hang', 'break-off', '500', '503', 'truncated', 'slow'];

/** Faults of `parts`, which are proxies, and Workers that are killed; with a record of when. */
export function makeTrouble(parts, workers) {
  const faults = [];

  function begin(kind) {
    const fault = { kind, from: Date.now(), until: Number.POSITIVE_INFINITY };
    faults.push(fault);
    return () => {
      fault.until = Date.now();
    };
  }

  async function haunt(part, random, isOver) {
    while (!isOver()) {
      await sleep(random.between(QUIET_MS.least, QUIET_MS.most));
      if (isOver()) return;
      const kind = random.pick(KINDS);
      const ended = begin(kind);
      await part.fail(kind, kind === 'slow' ? { answer: slow } : {});
      await sleep(random.between(LASTS_MS.least, LASTS_MS.most));
      await part.heal();
      ended();
    }
  }

  async function kill(random, isOver) {
    while (!isOver()) {
      await sleep(random.between(QUIET_MS.least, QUIET_MS.most));
      if (isOver()) return;
      const ended = begin('kill');
      await workers.kill(random);
      ended();
    }
  }

  const run = (random, isOver) =>
    Promise.all([
      ...parts.map((part) => haunt(part, random.fork(), isOver)),
      kill(random.fork(), isOver),
    ]);

  /** Whether a fault can be the reason of what happened from `from` until `until`. */
  const explains = ({ from, until }) =>
    faults.some((fault) => fault.from <= until && fault.until + FELT_MS >= from);

  return { run, explains, count: () => faults.length };
}
