import { setTimeout as sleep } from 'node:timers/promises';
import { startStore } from '../../../tests/support/hosted-store.mjs';
import { ADMIN_TOKEN } from '../../../tests/support/hosting.mjs';
import { startFaultyProxy } from '../../faults/proxy.mjs';
import { makeRandom } from '../random.mjs';
import { makeCaller } from './caller.mjs';
import { makeClock } from './clock.mjs';
import { makeHistory } from './history.mjs';
import { makeHousekeeping } from './housekeeping.mjs';
import { makeJudge } from './judge.mjs';
import { makeLayers } from './layers.mjs';
import { HOSTING_PLANTS } from './plants.mjs';
import { makePulls } from './pulls.mjs';
import { makePushes } from './pushes.mjs';
import { makeRemovals } from './removals.mjs';
import { makeTrouble } from './trouble.mjs';
import { startWorkers } from './workers.mjs';
import { makeWorld } from './world.mjs';

const PROGRESS_MS = 5000;
const PAUSE_MS = { least: 5, most: 60 };
// The Workers are one deployment, so a token of one serves at every other.
const PUBLIC_ORIGIN = 'http://registry.test';
const NOWHERE = { API_URL: 'http://127.0.0.1:9', REGISTRY_URL: 'http://127.0.0.1:9' };
const WRITES = { push: 6, shared: 3, retag: 3, list: 2, tag: 2, manifest: 3, blob: 1, tags: 1 };
const READS = { pull: 8, spy: 2, grab: 1, vandalize: 1 };

/** A run of hosted repositories, as `soak` of releases is one. */
export async function soakHosting({ seconds, seed, plant, say, stopped }) {
  const stops = [];
  try {
    const store = await startStore();
    stops.unshift(() => store.stop());
    const parts = await Promise.all(
      [store.r2, store.d1].map((address) => startFaultyProxy(`http://${address}`)),
    );
    stops.unshift(() => Promise.all(parts.map((part) => part.stop())));
    const [r2, d1] = parts.map(({ url }) => new URL(url).host);
    const workers = await startWorkers({ ADMIN_TOKEN, PUBLIC_ORIGIN, ...NOWHERE }, { r2, d1 });
    stops.unshift(() => workers.stop());
    const random = makeRandom(seed);
    const world = await makeWorld(workers.url(random));
    const given = { store, world, url: () => workers.url(random) };
    const planted = (await HOSTING_PLANTS[plant]?.(given)) ?? { run: async () => {} };
    if (planted.front) stops.unshift(() => planted.front.stop());
    const trouble = makeTrouble(parts, workers);
    const judge = makeJudge(say);
    const found = () => plant !== undefined && judge.counts.violations > 0;
    const until = Date.now() + seconds * 1000;
    const isOver = () => stopped() || found() || Date.now() >= until;
    const progress = setInterval(() => say(line(judge, trouble)), PROGRESS_MS);
    stops.unshift(() => clearInterval(progress));
    await runAll({ store, world, workers, trouble, judge, planted, random, isOver });
    return { ...judge.counts, faults: trouble.count() };
  } finally {
    for (const stop of stops) await stop();
  }
}

function line({ counts: { requests, checks, violations } }, trouble) {
  const what = `${requests} requests, ${checks} checks, ${trouble.count()} faults`;
  return `hosted repositories: ${what}, ${violations} violations`;
}

async function runAll({ store, world, workers, trouble, judge, planted, random, isOver }) {
  const [clock, history, layers] = [makeClock(store), makeHistory(), makeLayers()];
  const shared = { clock, history, judge, layers, store, world };
  const actions = {
    pushes: makePushes(shared),
    pulls: makePulls(shared),
    removals: makeRemovals(shared),
  };
  const housekeeping = makeHousekeeping(shared);
  const url = (own) => planted.front?.url ?? workers.url(own);
  const caller = (person, account, key) =>
    makeCaller({ ...person, account, key, url, judge, trouble, random: random.fork() });

  const loops = world.flatMap((at) => {
    const others = world.filter((one) => one !== at);
    const act = (person, weights) => {
      const [self, own] = [caller(person, at.account), random.fork()];
      return repeat(own, isOver, () => once(actions, self, person, at, others, own, weights));
    };
    const everything = { ...WRITES, ...READS };
    return [act(at.owner, everything), act(at.worker, everything), act(at.reader, READS)];
  });
  const keepers = world.map((at) => caller(at.owner, at.account, at.key));
  await Promise.all([
    ...loops,
    housekeeping.run(keepers, random.fork(), isOver),
    trouble.run(random.fork(), isOver),
    planted.run(isOver),
  ]);
  // With a plant, nothing is as it should be.
  if (judge.counts.violations === 0) await housekeeping.end(keepers);
  const [complaint] = workers.complaints();
  judge.check(complaint === undefined, () => `a Worker's log: ${complaint}`);
}

async function repeat(random, isOver, act) {
  while (!isOver()) {
    await act();
    await sleep(random.between(PAUSE_MS.least, PAUSE_MS.most));
  }
}

// One action of somebody who writes to some images and may read, or not, others.
async function once({ pushes, pulls, removals }, self, person, at, others, random, weights) {
  const own = random.pick(person.images);
  const foreign = random.pick(random.pick(others).images);
  const mayReadAll = person !== at.worker;
  const readable = [at.shared, ...others.map((one) => one.shared), ...person.images];
  const forbidden = mayReadAll ? [foreign] : [foreign, ...at.owner.images];
  const actions = {
    push: () => pushes.push(self, own, random),
    shared: () => pushes.push(self, at.shared, random),
    retag: () => pushes.retag(self, random.pick([own, at.shared]), random),
    list: () => pushes.list(self, own, random),
    tag: () => removals.tag(self, own, random),
    manifest: () => removals.manifest(self, own, random),
    blob: () => removals.blob(self, own, random),
    tags: () => pulls.tags(self, own),
    pull: () =>
      pulls.pull(self, random.pick(mayReadAll ? [...readable, ...at.images] : readable), random),
    spy: () => pulls.spy(self, random.pick(forbidden), random),
    grab: () => own && pulls.grab(self, own, foreign, random),
    vandalize: () =>
      pulls.vandalize(self, random.pick([foreign, random.pick(others).shared]), random),
  };
  await actions[random.weighed(weights)]();
}
