import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBench } from '../faults/bench.mjs';
import { pass } from '../faults/forward.mjs';
import { status } from '../faults/kinds.mjs';
import { startServer } from '../faults/server.mjs';
import { local } from '../setup/paths.mjs';
import { startUpstream } from '../upstream/index.mjs';
import { abortOnce } from './aborts.mjs';
import { makeCallers, makeClient, pullOnce } from './callers.mjs';
import { anyFamily, pullFamily } from './families.mjs';
import { makeJudge } from './judge.mjs';
import { anyPage, readPage } from './pages.mjs';
import { PLANTS } from './plants.mjs';
import { makeRandom } from './random.mjs';
import { SLACK_MS, settings } from './settings.mjs';
import { makeTrouble } from './trouble.mjs';
import { makeTruth } from './truth.mjs';
import { startWorkers } from './workers.mjs';
import { anyName, makeWorld } from './world.mjs';

const CONCURRENT = 12;
const ABORTING = 2;
// Each may have a call of one kind under way, and some a refresh behind an answer. A Worker
// without back-off makes more calls than this while a limit lasts.
const MOST_UNDER_WAY = 20;
const BETWEEN_TRAPS_MS = { least: 4000, most: 8000 };
// What a caller does next.
const CALLS = { pull: 3, family: 3, page: 2 };
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
    const hidden = new Set();
    const lossy = await startServer(withoutBlobs(hidden, upstream.registry.url));
    stops.unshift(() => lossy.stop());
    const well = { api: noting(slow, 'api', api), registry: noting(slow, 'registry', registry) };
    const bench = await startBench(upstream, { well, registryUrl: lossy.url });
    stops.unshift(() => bench.stop());
    const { kv, cache } = bench;
    const streaming = { REGISTRY_URL: upstream.streaming.url };
    const vars = { ...settings, ...bench.settings };
    const workers = await startWorkers(vars, { kv, cache }, streaming);
    stops.unshift(() => workers.stop());
    const trouble = makeTrouble(bench, slow);
    const found = ({ violations }) => plant !== undefined && violations > 0;
    return await runFor(seconds, { upstream, hidden, trouble, workers, seed, say, stopped, found });
  } finally {
    for (const stop of stops) await stop();
  }
}

async function runFor(seconds, { upstream, hidden, trouble, workers, seed, say, stopped, found }) {
  const random = makeRandom(seed);
  const truth = makeTruth();
  const { counts, ...judges } = makeJudge({ truth, trouble, say });
  const world = makeWorld({ upstream, truth, random: random.fork(), hidden });
  const callers = makeCallers(upstream.credentials);
  await world.begin();

  const began = Date.now();
  const isOver = () => stopped() || found(counts) || Date.now() - began >= seconds * 1000;

  // Answers what judges what came of it, as soon as the world is settled.
  const calls = {
    async pull(own, caller) {
      const name = anyName(own, truth);
      const pulled = await pullOnce(makeClient(workers.url(own), name.text, caller, own));
      return () => judges.judge(name, caller, pulled);
    },
    async family(own, caller) {
      const name = anyFamily(own, truth);
      const pulled = await pullFamily(makeClient(workers.url(own), name.text, caller, own), own);
      return () => judges.judgeFamily(name, caller, pulled);
    },
    async page(own, caller) {
      const page = anyPage(own, truth);
      const asked = await readPage(workers.url(own), page, caller);
      return () => judges.judgePage(page, asked);
    },
  };

  async function call(own) {
    while (!isOver()) {
      const judge = await calls[own.weighed(CALLS)](own, own.pick(callers));
      await world.settled();
      judge();
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
  judges.judgeBackOff(trouble.limits(), MOST_UNDER_WAY);
  judges.judgeLog(workers.complaints());
  return { ...counts, faults: trouble.count() };
}

// A Worker that is replaced closes its connections.
function ignoreResets(error) {
  if (error.code === undefined) throw error;
}

// A registry that has lost the blobs of some repositories, also while the proxy before it fails.
const withoutBlobs = (hidden, registry) => (request, response) => {
  const [, repository] = request.url.match(/^\/v2\/(v2\/\w+)\/blobs\//) ?? [];
  if (hidden.has(repository)) return status(404)(request, response);
  return pass(request, response, registry);
};

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
