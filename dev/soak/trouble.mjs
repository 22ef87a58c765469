import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE_FAULTS } from '../faults/cache.mjs';
import { KV_FAULTS } from '../faults/kv.mjs';
import { PROXY_FAULTS } from '../faults/proxy.mjs';

const LASTS_MS = { least: 200, most: 1500 };
// Time enough between, so that most of the run is judged without an excuse.
const QUIET_MS = { least: 2000, most: 5000 };
// What the registry says besides a status is for clients to check.
const NOT_THE_REGISTRYS = ['half-json', 'foreign-location'];
const ONLY = { all: /^/, resolutions: /^\/v7\//, tokens: /^\/auth\// };

const KINDS = {
  api: PROXY_FAULTS,
  registry: PROXY_FAULTS.filter((kind) => !NOT_THE_REGISTRYS.includes(kind)),
  kv: KV_FAULTS,
  cache: CACHE_FAULTS,
};

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
      const how = { seconds: random.between(1, 60), only: onlyFor(part, random) };
      const fault = { part, kind, from: Date.now(), until: Number.POSITIVE_INFINITY };
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

  /** Whether the API was slow at a time. */
  const wasSlow = (time) => among(slow, 'api', time).length > 0;

  return { run, during, wasSlow, count: () => faults.length };
}

const onlyFor = (part, random) =>
  part === 'api' ? ONLY[random.pick(Object.keys(ONLY))] : ONLY.all;
