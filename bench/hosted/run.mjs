import { within } from '../lifetime.mjs';
import { newBlob } from './blobs.mjs';
import { fillFew, fillMany } from './fill.mjs';
import { runHostedRounds } from './rounds.mjs';
import { startHostedSides } from './sides.mjs';
import { makeTasks } from './tasks.mjs';

const WARM_UP_BYTES = 6_000_000;

/** Measures hosted repositories. Answers what `makeHostedResults` takes. */
export function runHosted(lifetime, { ground, programs, layer, ...limits }) {
  return within(lifetime, async (own) => {
    limits.say('starting the sides that host repositories');
    const { run, ...sides } = await startHostedSides(own, { ground, programs });
    for (const side of [sides.bhcr, sides.distribution]) await fillFew(side);
    await fillMany(sides.bhcr, run);
    for (const side of Object.values(sides)) await warmUp(side);
    const tasks = makeTasks({ layer, chunked: layer / 2 });
    return { sides, tasks, samples: await runHostedRounds(sides, tasks, limits) };
  });
}

async function warmUp(side) {
  for (const send of [side.stream, side.put]) {
    const blob = newBlob(WARM_UP_BYTES);
    await send(blob);
    await side.forget(blob);
  }
}
