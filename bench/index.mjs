#!/usr/bin/env node
// npm run bench -- [--quick] [--out FILE] [--peer NAME=URL]… [--header 'NAME=Header: value']…
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeJson } from '../dev/setup/files.mjs';
import { root } from '../dev/setup/paths.mjs';
import { makeLifetime } from './lifetime.mjs';
import { readPeers } from './peers.mjs';
import { report } from './report.mjs';
import { runBench } from './run.mjs';

// How many seconds the results take, and stopping everything.
const ENDING = 20;
// `warm` is for how many seconds Workers are warmed up at most. `limit` is in seconds. `reserved` is the part of it for hosted repositories, and `first` the part
// for first pulls.
const FULL = {
  ...{ rounds: 30, seconds: 1, warm: 60, pulls: 5, firsts: 5, limit: 660 },
  ...{ pushes: 5, layer: 200_000_000, reserved: 90, first: 90 },
};
const QUICK = {
  ...{ rounds: 5, seconds: 1, warm: 15, pulls: 1, firsts: 1, limit: 150 },
  ...{ pushes: 3, layer: 40_000_000, reserved: 35, first: 20 },
};

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'bench', 'results.json') },
    peer: { type: 'string', multiple: true, default: [] },
    header: { type: 'string', multiple: true, default: [] },
  },
});
const { limit, reserved, first, ...options } = values.quick ? QUICK : FULL;
const lifetime = makeLifetime();
const began = performance.now();
// No round begins after these times, so that what comes afterwards is done within the limit.
const hosted = began + (limit - ENDING) * 1000;
const until = { far: began + first * 1000, hosted, sides: hosted - reserved * 1000 };

for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
  process.once(signal, () => leave(code));
}
const guard = setTimeout(() => leave(1, `bench: not done after ${limit} s`), limit * 1000).unref();

try {
  await main();
} catch (error) {
  // If the run was aborted, the error is only a consequence.
  if (!lifetime.signal.aborted) await leave(1, error.message);
}

async function main() {
  const peers = readPeers(values.peer, values.header);
  const { results, broken } = await runBench(lifetime, { options, peers, until, say });
  clearTimeout(guard);
  const file = resolve(values.out);
  writeJson(file, results);
  console.log(`\n${report(results, peers)}\n\n${relative(process.cwd(), file)} has all samples`);
  await leave(
    broken.length === 0 ? 0 : 1,
    broken.map((words) => `measured something else: ${words}`).join('\n'),
  );
}

function say(line) {
  const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(4);
  console.log(`${seconds} s  ${line}`);
}

async function leave(code, words) {
  if (words) console.error(words);
  await lifetime.end();
  process.exit(code);
}
