import { join } from 'node:path';
import { local } from '../../dev/setup/paths.mjs';
import { startBhcr } from '../bhcr.mjs';
import { inRounds } from '../in-rounds.mjs';
import { within } from '../lifetime.mjs';
import { makeClient } from './client.mjs';
import { startFarUpstream } from './upstream.mjs';

const UPSTREAM = join(local, 'bench-upstream');

/**
 * Measures the first pull of an image while API and registry are `ms` milliseconds of round trip away:
 * by a side with `fresh` and with `warm` connections to them and nothing kept, and `hot`, when it was
 * pulled before. Answers the sides, and the samples of each. `dir` is the local upstream's.
 */
export function runFar(lifetime, { ports, peers, ms, dir = UPSTREAM, ...limits }) {
  return within(lifetime, async (own) => {
    limits.say(`starting an upstream ${ms} ms away`);
    const upstream = await startFarUpstream(own, { ports, ms, dir });
    const all = await startSides(own, upstream, peers);
    const sides = [];
    for (const side of all) if (await isMeasured(side, upstream, limits)) sides.push(side);
    return { ms, sides, samples: await runRounds(sides, upstream, limits) };
  });
}

async function startSides(lifetime, upstream, peers) {
  const { registry, api } = upstream;
  const byName = ({ name }) => name;
  return [
    {
      ...{ id: 'bhcr', title: 'bhcr', nameOf: byName },
      ...(await startBhcr(lifetime, { registry, api })),
    },
    {
      ...{ id: 'registry', title: 'the registry itself', url: registry },
      nameOf: ({ repository }) => repository,
    },
    ...peers.map(({ id, url }) => ({ id, title: id, url, nameOf: byName })),
  ];
}

// Warms a side up, and says whether it can be measured: a peer may not serve these releases.
async function isMeasured(side, upstream, { say }) {
  try {
    await pulls(side, upstream);
    return true;
  } catch ({ message }) {
    if (side.id === 'bhcr' || side.id === 'registry') throw new Error(`${side.title}: ${message}`);
    say(`no first pull by ${side.title}: ${message}`);
    return false;
  }
}

async function runRounds(sides, upstream, limits) {
  const samples = Object.fromEntries(sides.map(({ id }) => [id, []]));
  await inRounds(sides, limits, async (order) => {
    for (const side of order) samples[side.id].push(await pulls(side, upstream));
    const told = sides.map(({ id }) => {
      const { fresh, warm, hot } = samples[id].at(-1);
      return `${id} ${[fresh, warm, hot].map((it) => it.manifest_ms.toFixed(0)).join('/')}`;
    });
    return `ms to a first manifest, fresh/warm/hot: ${told.join(', ')}`;
  });
  return samples;
}

async function pulls({ url, nameOf }, upstream) {
  const [one, other] = [nameOf(await upstream.release()), nameOf(await upstream.release())];
  await upstream.drop();
  const [client, another] = [makeClient(), makeClient()];
  const counted = async (who, name) => {
    const count = upstream.watch();
    const pulled = await who.pull(url, name);
    return { ...pulled, requests: count() };
  };
  try {
    return {
      fresh: await counted(client, one),
      warm: await counted(client, other),
      hot: await counted(another, one),
    };
  } finally {
    for (const who of [client, another]) who.close();
  }
}
