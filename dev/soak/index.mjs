#!/usr/bin/env node
// A bounded random run: node dev/soak/index.mjs [--seconds 30] [--seed N] [--plant wrong-digest|leak|stale|wrong-blob]
import { parseArgs } from 'node:util';
import { PLANTS } from './plants.mjs';
import { soak } from './run.mjs';

// Beyond the run itself: servers that start and end. Whatever hangs must not hang CI.
const GRACE_SECONDS = 120;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    plant: { type: 'string' },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
const { plant } = values;
if (!(seconds > 0) || !Number.isInteger(seed) || (plant !== undefined && !(plant in PLANTS))) {
  console.error(`--seconds N, --seed N, --plant ${Object.keys(PLANTS).join('|')}`);
  process.exit(2);
}

let ending = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    ending = true;
  });
}
setTimeout(
  () => {
    console.error('soak: does not end');
    process.exit(1);
  },
  (seconds + GRACE_SECONDS) * 1000,
).unref();

console.log(`soak: ${seconds} s with the seed ${seed}${plant ? `, planted: ${plant}` : ''}`);
const { requests, faults, checks, violations } = await soak({
  ...{ seconds, seed, plant },
  say: (line) => console.log(line),
  stopped: () => ending,
});
console.log(
  `soak: requests=${requests} faults=${faults} checks=${checks} violations=${violations}`,
);
process.exit(violations === 0 && checks > 0 ? 0 : 1);
