#!/usr/bin/env node
// A bounded random run of releases and of hosted repositories:
// node dev/soak/index.mjs [--seconds 30] [--seed N] [--plant NAME]
import { parseArgs } from 'node:util';
import { HOSTING_PLANTS } from './hosting/plants.mjs';
import { soakHosting } from './hosting/run.mjs';
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
const plants = Object.keys({ ...PLANTS, ...HOSTING_PLANTS });
if (!(seconds > 0) || !Number.isInteger(seed) || (plant !== undefined && !plants.includes(plant))) {
  console.error(`--seconds N, --seed N, --plant ${plants.join('|')}`);
  process.exit(2);
}

const runs = [
  ...(plant in HOSTING_PLANTS ? [] : [soak]),
  ...(plant in PLANTS ? [] : [soakHosting]),
];

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
  (seconds + GRACE_SECONDS) * runs.length * 1000,
).unref();

console.log(`soak: ${seconds} s with the seed ${seed}${plant ? `, planted: ${plant}` : ''}`);
const given = {
  ...{ seconds, seed, plant },
  say: (line) => console.log(line),
  stopped: () => ending,
};
// One after the other: each judges how long calls take. A plant is in one of them.
const counted = [];
for (const run of runs) counted.push(await run(given));
const sum = (what) => counted.reduce((total, counts) => total + counts[what], 0);
const [requests, faults, checks, violations] = ['requests', 'faults', 'checks', 'violations'].map(
  sum,
);
console.log(
  `soak: requests=${requests} faults=${faults} checks=${checks} violations=${violations}`,
);
process.exit(violations === 0 && checks > 0 ? 0 : 1);
