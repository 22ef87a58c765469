import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { logs } from '../setup/paths.mjs';
import { command } from './command.mjs';
import { countTap } from './count.mjs';
import { isAlone } from './files.mjs';

// Most files wait for clients more than they work, so two share the machine.
const LANES = 2;
const taps = join(logs, 'tap');

/**
 * Runs test files, and answers what came of each. Those that run alone come after the others, one at a
 * time.
 */
export async function nodeTests({ files, name }) {
  rmSync(taps, { recursive: true, force: true });
  mkdirSync(taps, { recursive: true });
  const others = await sideBySide(
    files.filter((file) => !isAlone(file)),
    { name, lanes: LANES },
  );
  return [...others, ...(await sideBySide(files.filter(isAlone), { name, lanes: 1 }))];
}

async function sideBySide(files, { name, lanes }) {
  const left = [...files];
  const done = [];
  const isShown = lanes === 1 || files.length === 1;
  const work = async (lane) => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      done.push(await runFile(file, { name, lane, isShown }));
    }
  };
  await Promise.all([...Array(lanes).keys()].map((lane) => work(lane + 1)));
  return done;
}

/** Runs one file. Its output is shown as it comes, or at its end if files run side by side. */
async function runFile(file, { name, lane, isShown }) {
  const started = Date.now();
  const tap = join(taps, `${file.replaceAll('/', '-')}.tap`);
  const flags = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=tap', `--test-reporter-destination=${tap}`],
    ...(name === undefined ? [] : [`--test-name-pattern=${name}`]),
  ];
  // Each lane has a local upstream of its own.
  const done = await command('node', [...flags, file], { isShown, env: { TEST_LANE: `${lane}` } });
  if (!isShown) process.stdout.write(done.said);
  console.log(`${file}: ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
  return countTap(tap, done);
}
