import { residentBytes } from '../tests/support/process.mjs';
import { check } from './check.mjs';
import { inRounds } from './in-rounds.mjs';
import { processorMs } from './process.mjs';

// The part of the time for the rounds that warming up may take.
const WARM_UP_SHARE = 1 / 3;
const WARM_UP_REQUESTS = 50_000;

/** Measures all sides in rounds. Answers the samples of each side, and its memory afterwards. */
export async function runRounds({ sides, load, counted, rounds, seconds, warm, until, say }) {
  const samples = Object.fromEntries(sides.map(({ id }) => [id, []]));
  say(`warming up ${sides.length} sides`);
  for (const side of sides) {
    await check(side);
    await load(side, 1);
  }
  const [now, most] = [performance.now(), warm * 1000];
  const end = now + Math.min(most, (until - now) * WARM_UP_SHARE);
  const judged = sides.filter(({ isJudged }) => isJudged);
  await Promise.all(judged.map((side) => warmUp(side, { load, end, say })));
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

// V8 compiles a function of WebAssembly for speed only when it has run often: bhcr takes two to three
// times as long for its first thousands of requests as after fifty thousand. JavaScript needs fewer.
async function warmUp(side, { load, end, say }) {
  let answered = 0;
  while (answered < WARM_UP_REQUESTS && performance.now() < end) {
    answered += (await load(side, 1)).requests;
  }
  if (answered < WARM_UP_REQUESTS) {
    say(`${side.id} is not warm: it answered ${answered} requests, and not ${WARM_UP_REQUESTS}`);
  }
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
