import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE_FAULTS } from '../faults/cache.mjs';
import { KV_FAULTS } from '../faults/kv.mjs';
import { PROXY_FAULTS } from '../faults/proxy.mjs';
import { DEADLINE_MS, SPARED_MS } from './settings.mjs';

const LASTS_MS = { least: 200, most: 1500 };
// Time enough between, so that most of the run is judged without an excuse.
const QUIET_MS = { least: 2000, most: 5000 };
const ONLY = { all: /^/, resolutions: /^\/v7\//, tokens: /^\/auth\// };

const KINDS = {
  api: PROXY_FAULTS,
  registry: PROXY_FAULTS,
  kv: KV_FAULTS,
  cache: CACHE_FAULTS,
};

// What lets a deadline pass. The Worker does without an answer for a while after it, where it has
// something kept.
const isSilent = ({ kind, from, until }) =>
  kind === 'slow' ? until - from >= DEADLINE_MS : ['hang', 'slow-drip'].includes(kind);

const felt = (fault) => (isSilent(fault) ? { ...fault, until: fault.until + SPARED_MS } : fault);

/**
 * Faults that come and go, one at a time in each part, and a record of them. `slow` are calls that
 * took long by themselves: faults that nobody planned.
 */
export function makeTrouble(bench, slow) {
  const faults = [];

  async function haunt(part, random, isOver) {
    while (!isOver()) {
      await sleep(random.between(QUIET_MS.least, QUIET_MS.most));
      if (isOver()) return;
      const kind = random.pick(KINDS[part]);
      // A store is behind by any time up to a minute; a proxy fails in all, or in part.
      const calls = part === 'api' ? random.pick(Object.keys(ONLY)) : 'all';
      const how = { seconds: random.between(1, 60), only: ONLY[calls] };
      const fault = { part, kind, calls, from: Date.now(), until: Number.POSITIVE_INFINITY };
      faults.push(fault);
      await bench[part].fail(kind, how);
      await sleep(random.between(LASTS_MS.least, LASTS_MS.most));
      await bench[part].heal();
      fault.until = Date.now();
    }
  }

  const run = (random, isOver) =>
    Promise.all(Object.keys(KINDS).map((part) => haunt(part, random.fork(), isOver)));

  const among = (list, part, { from, until }) =>
    list.filter((fault) => fault.part === part && fault.from <= until && fault.until >= from);

  /** The kinds of the faults of a part that there were at a time. */
  const during = (part, time) =>
    [...among(faults, part, time), ...among(slow, part, time)].map(({ kind }) => kind);

  /** Which calls of the API failed at a time, or were slow: `{ resolutions, tokens }`. */
  function failing(time) {
    const found = among(faults.map(felt), 'api', time).map(({ calls }) => calls);
    const has = (calls) => wasSlow(time) || found.includes('all') || found.includes(calls);
    return { resolutions: has('resolutions'), tokens: has('tokens') };
  }

  /** Whether the API was slow at a time. */
  const wasSlow = (time) => among(slow.map(felt), 'api', time).length > 0;

  return { run, during, failing, wasSlow, count: () => faults.length };
}
