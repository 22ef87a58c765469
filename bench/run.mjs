import { check } from './check.mjs';
import { runFar } from './far/run.mjs';
import { countForms } from './forms.mjs';
import { layGround } from './ground.mjs';
import { runHosted } from './hosted/run.mjs';
import { describeMachine } from './machine.mjs';
import { prime } from './prime.mjs';
import { findPrograms } from './programs.mjs';
import { broken } from './promises.mjs';
import { runPulls } from './pulls.mjs';
import { makeResults } from './results.mjs';
import { runRounds } from './rounds.mjs';
import { startSides } from './sides.mjs';
import { chooseUpstreamPorts } from './upstream-ports.mjs';
import { CONNECTIONS, makeWrk } from './wrk.mjs';

// How far away API and registry are from whoever pulls first: a round trip, in milliseconds.
const FAR_MS = 80;

/** Runs the benchmark once. Answers its results, and which sides measured something else. */
export async function runBench(lifetime, { options, peers, until, say }) {
  const programs = findPrograms();
  const ports = await chooseUpstreamPorts();
  const far = await runFar(lifetime, {
    ...{ ports, peers, ms: FAR_MS, rounds: options.firsts, until: until.far, say },
  });
  say('starting the upstreams');
  const ground = await layGround(lifetime, programs, ports);
  for (const peer of peers) await check(peer);
  const pulls = await pulled(lifetime, { ground, programs, times: options.pulls, say });
  const forms = await countForms(lifetime, { upstream: ground.upstream, say });
  const { url, api } = ground.static;
  say(`starting the sides; the static registry is ${url}, its API ${api.url}`);
  const sides = await startSides(lifetime, ground, peers);
  for (const side of sides.filter(({ cached }) => cached !== undefined)) await prime(side);
  const load = makeWrk(lifetime, programs.wrk);
  const counted = ground.static.requests;
  const measured = await runRounds({ ...options, sides, load, counted, until: until.sides, say });
  const hosted = await runHosted(lifetime, {
    ...{ ground, programs, layer: options.layer, rounds: options.pushes },
    ...{ until: until.hosted, say },
  });

  const [{ bytes }, ...many] = ground.manifests;
  const facts = { connections: CONNECTIONS, manifests: many.length, manifest_bytes: bytes.length };
  const results = makeResults({
    machine: describeMachine(programs),
    options: { ...options, ...facts },
    layers: ground.image.platforms[0].layers.length,
    ...{ sides, peers, measured, pulls, far, forms, hosted },
  });
  return { results, broken: broken(sides, measured) };
}

function pulled(lifetime, given) {
  if (given.programs.dockerd) return runPulls(lifetime, given);
  given.say('no docker pulls: dockerd is not installed, or you are not root');
  return undefined;
}
