import { setTimeout as sleep } from 'node:timers/promises';
import { CACHE_FAULTS } from '../faults/cache.mjs';
import { status } from '../faults/kinds.mjs';
import { KV_FAULTS } from '../faults/kv.mjs';
import { PROXY_FAULTS } from '../faults/proxy.mjs';
import { DEADLINE_MS, PAUSED_MS, RETRY_AFTER, SPARED_MS } from './settings.mjs';

const LASTS_MS = { least: 200, most: 1500 };
// Time enough between, so that most of the run is judged without an excuse.
const QUIET_MS = { least: 2000, most: 5000 };
const ONLY = { all: /^/, resolutions: /^\/v7\//, tokens: /^\/auth\// };

// Both 429s of the proxies would last longer than most of what is between faults.
const ANSWERS = {
  403: status(403),
  '429-soon': status(429, { 'retry-after': `${RETRY_AFTER}` }),
};
const IN_PROXIES = PROXY_FAULTS.filter((kind) => !kind.startsWith('429'));

const KINDS = {
  api: [...IN_PROXIES, ...Object.keys(ANSWERS)],
  // A grant that it refuses with 403 is over, which is no trouble of its own.
  registry: [...IN_PROXIES, '429-soon'],
  kv: KV_FAULTS,
  cache: CACHE_FAULTS,
};

// What lets a deadline pass.
const isSilent = ({ kind, from, until }) =>
  kind === 'slow' ? until - from >= DEADLINE_MS : ['hang', 'slow-drip'].includes(kind);

/** For how long after its end the Worker still does without what failed, where it can. */
function felt(fault) {
  const after = isSilent(fault) ? SPARED_MS : isPlanned(fault) ? PAUSED_MS : 0;
  return { ...fault, until: fault.until + after };
}

const isPlanned = ({ kind }) => kind !== 'slow';

// The API's limit is for one caller and one kind of call: it says nothing about what others may ask.
function mostOfOneCaller(requests) {
  const counts = new Map();
  for (const { url, authorization } of requests) {
    const caller = `${url.split('/')[1]} ${authorization}`;
    counts.set(caller, (counts.get(caller) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

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
      const answer = ANSWERS[kind] && { answer: ANSWERS[kind] };
      const how = { seconds: random.between(1, 60), only: ONLY[calls], ...answer };
      const fault = { part, kind, calls, from: Date.now(), until: Number.POSITIVE_INFINITY };
      faults.push(fault);
      const before = bench[part].requests().length;
      await bench[part].fail(kind, how);
      await sleep(random.between(LASTS_MS.least, LASTS_MS.most));
      await bench[part].heal();
      fault.until = Date.now();
      const met = bench[part]
        .requests()
        .slice(before)
        .filter((it) => it.fault === kind);
      fault.met = mostOfOneCaller(met);
    }
  }

  const run = (random, isOver) =>
    Promise.all(Object.keys(KINDS).map((part) => haunt(part, random.fork(), isOver)));

  const among = (list, part, { from, until }) =>
    list.filter((fault) => fault.part === part && fault.from <= until && fault.until >= from);

  /** The kinds of the faults of a part, or of a Worker, that there were at a time. */
  const during = (part, time) =>
    [part, 'worker']
      .flatMap((it) => [...among(faults.map(felt), it, time), ...among(slow, it, time)])
      .map(({ kind }) => kind);

  /** Has a Worker trap, and notes for how long that can be noticed. */
  async function trap(work) {
    const fault = { part: 'worker', kind: 'trap', calls: 'all', from: Date.now(), until: Infinity };
    faults.push(fault);
    await work();
    fault.until = Date.now();
  }

  /** Which calls of the API failed at a time, or were slow: `{ resolutions, tokens }`. */
  function failing(time) {
    const found = among(faults.map(felt), 'api', time).map(({ calls }) => calls);
    const has = (calls) => wasSlow(time) || found.includes('all') || found.includes(calls);
    return { resolutions: has('resolutions'), tokens: has('tokens') };
  }

  /** The faults by which the API asked to be left alone, each with the most calls of one caller that it `met`. */
  const limits = () =>
    faults.filter(
      ({ part, kind, met }) => part === 'api' && kind === '429-soon' && met !== undefined,
    );

  /** Whether the API was slow at a time. */
  const wasSlow = (time) => among(slow.map(felt), 'api', time).length > 0;

  return { run, trap, during, failing, wasSlow, limits, count: () => faults.length };
}
