import { inRounds } from '../in-rounds.mjs';
import { processorMs } from '../process.mjs';

const HUNDRED_MEGABYTES = 100_000_000;

/**
 * Measures every task on each of its sides, in rounds. Answers the samples of each task and side, as
 * `{ seconds, cpu_ms }`, and for what pushes many bytes `cpu_ms_per_100_mb`. The processor time is
 * that of the side's process.
 */
export async function runHostedRounds(sides, tasks, limits) {
  const pairs = tasks.flatMap((task) => task.on.map((id) => ({ task, side: sides[id] })));
  const samples = Object.fromEntries(tasks.map(({ id, on }) => [id, lists(on)]));
  await inRounds(pairs, limits, async (order) => {
    for (const { task, side } of order) {
      samples[task.id][side.id].push(await measure(task, side));
    }
    const told = pairs.map(({ task, side }) => {
      const { seconds } = samples[task.id][side.id].at(-1);
      return `${task.id} ${side.id} ${seconds.toFixed(2)}`;
    });
    return `seconds: ${told.join(', ')}`;
  });
  return samples;
}

async function measure({ prepare, work, end, bytes }, side) {
  const given = await prepare?.(side);
  const cpu = processorMs(side.pid);
  const began = performance.now();
  await work(side, given);
  const seconds = (performance.now() - began) / 1000;
  const cpu_ms = processorMs(side.pid) - cpu;
  await end?.(side, given);
  const perBytes = bytes && { cpu_ms_per_100_mb: (cpu_ms / bytes) * HUNDRED_MEGABYTES };
  return { seconds, cpu_ms, ...perBytes };
}

const lists = (ids) => Object.fromEntries(ids.map((id) => [id, []]));
