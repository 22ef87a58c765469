import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBench } from '../faults/bench.mjs';
import { pass } from '../faults/forward.mjs';
import { local } from '../setup/paths.mjs';
import { startUpstream } from '../upstream/index.mjs';
import { abortOnce } from './aborts.mjs';
import { makeCallers, pullOnce } from './callers.mjs';
import { makeJudge } from './judge.mjs';
import { PLANTS } from './plants.mjs';
import { makeRandom } from './random.mjs';
import { SLACK_MS, settings } from './settings.mjs';
import { makeTrouble } from './trouble.mjs';
import { makeTruth } from './truth.mjs';
import { startWorkers } from './workers.mjs';
import { anyName, makeWorld } from './world.mjs';

const CONCURRENT = 12;
const ABORTING = 2;
// Each may have a call under way, and a refresh behind its answer.
const MOST_UNDER_WAY = 2 * (CONCURRENT + ABORTING);
const BETWEEN_TRAPS_MS = { least: 4000, most: 8000 };
const PAUSE_MS = { least: 5, most: 60 };
const PROGRESS_MS = 5000;

/**
 * A run of so many seconds, or until `stopped()`; with a `plant`, until it is found. Answers what
 * was counted.
 */
export async function soak({ seconds, seed, plant, say, stopped }) {
  const stops = [];
  try {
    const upstream = await startUpstream({ dir: join(local, 'soak-upstream') });
    stops.unshift(() => upstream.stop());
    const slow = [];
    const { api = pass, registry = pass } = plant === undefined ? {} : PLANTS[plant](upstream);
    const well = { api: noting(slow, 'api', api), registry: noting(slow, 'registry', registry) };
    const bench = await startBench(upstream, { well });
    stops.unshift(() => bench.stop());
    const { kv, cache } = bench;
    const streaming = { REGISTRY_URL: upstream.streaming.url };
    const vars = { ...settings, ...bench.settings };
    const workers = await startWorkers(vars, { kv, cache }, streaming);
    stops.unshift(() => workers.stop());
    const trouble = makeTrouble(bench, slow);
    const found = ({ violations }) => plant !== undefined && violations > 0;
    return await runFor(seconds, { upstream, trouble, workers, seed, say, stopped, found });
  } finally {
    for (const stop of stops) await stop();
  }
}

async function runFor(seconds, { upstream, trouble, workers, seed, say, stopped, found }) {
  const random = makeRandom(seed);
  const truth = makeTruth();
  const { judge, judgeBackOff, judgeLog, counts } = makeJudge({ truth, trouble, say });
  const world = makeWorld({ upstream, truth, random: random.fork() });
  const callers = makeCallers(upstream.credentials);
  await world.begin();

  const began = Date.now();
  const isOver = () => stopped() || found(counts) || Date.now() - began >= seconds * 1000;

  async function call(own) {
    while (!isOver()) {
      const [name, caller] = [anyName(own, truth), own.pick(callers)];
      const pulled = await pullOnce(workers.url(own), name.text, caller, own);
      await world.settled();
      judge(name, caller, pulled);
      await sleep(own.between(PAUSE_MS.least, PAUSE_MS.most));
    }
  }

  // Nothing is asked of them but that they leave nothing behind for the others.
  async function abort(own) {
    while (!isOver()) {
      await abortOnce(workers.anyUrl(own), anyName(own, truth).text, own).catch(ignoreResets);
    }
  }

  async function trap(own) {
    while (!isOver()) {
      await sleep(own.between(BETWEEN_TRAPS_MS.least, BETWEEN_TRAPS_MS.most));
      if (!isOver()) await trouble.trap(() => workers.trap(own));
    }
  }

  const progress = setInterval(() => say(line(began, counts, trouble)), PROGRESS_MS);
  try {
    await Promise.all([
      world.run(isOver),
      trouble.run(random.fork(), isOver),
      workers.renew(isOver),
      trap(random.fork()),
      ...Array.from({ length: CONCURRENT }, () => call(random.fork())),
      ...Array.from({ length: ABORTING }, () => abort(random.fork())),
    ]);
  } finally {
    clearInterval(progress);
  }
  judgeBackOff(trouble.limits(), MOST_UNDER_WAY);
  judgeLog(workers.complaints());
  return { ...counts, faults: trouble.count() };
}

// A Worker that is replaced closes its connections.
function ignoreResets(error) {
  if (error.code === undefined) throw error;
}

// What a part takes long for without having been told to.
function noting(slow, part, well) {
  return (request, response, target) => {
    const from = Date.now();
    response.on('close', () => {
      const until = Date.now();
      if (until - from > SLACK_MS / 2) slow.push({ part, kind: 'slow', from, until });
    });
    return well(request, response, target);
  };
}

function line(began, { requests, found, missing, excused, violations }, trouble) {
  const seconds = Math.round((Date.now() - began) / 1000);
  const pulls = `found ${found}, missing ${missing}, refused for a reason ${excused}`;
  return `${seconds} s: ${requests} requests (${pulls}), ${trouble.count()} faults, ${violations} violations`;
}
