import { residentBytes } from '../tests/support/process.mjs';
import { check } from './check.mjs';
import { inRounds } from './in-rounds.mjs';
import { processorMs } from './process.mjs';

const WARM_UP_SECONDS = 1;

/** Measures all sides in rounds. Answers the samples of each side, and its memory afterwards. */
export async function runRounds({ sides, load, counted, rounds, seconds, until, say }) {
  const samples = Object.fromEntries(sides.map(({ id }) => [id, []]));
  say(`warming up ${sides.length} sides`);
  for (const side of sides) {
    await check(side);
    await load(side, WARM_UP_SECONDS);
  }
  await inRounds(sides, { rounds, until, say }, async (order) => {
    for (const side of order) {
      await check(side);
      samples[side.id].push(await measure(side, { load, counted, seconds }));
    }
    const told = sides.map(({ id }) => `${id} ${samples[id].at(-1).requests_per_second}`);
    return `requests a second: ${told.join(', ')}`;
  });
  const memory = sides.filter(({ pid }) => pid).map(({ id, pid }) => [id, residentBytes(pid)]);
  return { samples, memory: Object.fromEntries(memory) };
}

async function measure(side, { load, counted, seconds }) {
  const before = await counts(side, counted);
  const measured = await load(side, seconds);
  const after = await counts(side, counted);
  const each = Object.keys(before).map((name) => [
    name,
    (after[name] - before[name]) / measured.requests,
  ]);
  const requests_per_second = Math.round(measured.requests / measured.seconds);
  return { ...measured, requests_per_second, ...Object.fromEntries(each) };
}

/** The counters of a side that grow with its requests, as far as it has them. */
async function counts({ pid, cacheUrl, cached, upstream }, counted) {
  return {
    ...(pid && { cpu_ms: processorMs(pid) }),
    ...(upstream !== undefined && { upstream: await counted() }),
    ...(cached !== undefined && { cached: (await (await fetch(cacheUrl)).json()).hits }),
  };
}
