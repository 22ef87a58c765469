#!/usr/bin/env node
// Runs tests and adds up their results: node dev/test.mjs [step …] [word …] [--name PATTERN]
import { parseArgs } from 'node:util';
import { chosen } from './test/chosen.mjs';
import { testFiles } from './test/files.mjs';
import { STEPS } from './test/steps.mjs';

const HELP = `usage: npm test -- [step …] [word …] [--name PATTERN]

  npm test                               everything, as continuous integration does
  npm test -- cargo                      one step; the steps are ${Object.keys(STEPS).join(', ')}
  npm test -- cargo sealing              the native tests that have "sealing" in their path
  npm test -- wasm store                 the same for the tests of the real bindings
  npm test -- wasm http/names            those tests, and the test files with "http/names" in their path
  npm test -- http/names                 the test files whose path has "http/names" in it
  npm test -- http/names --name digest   of those, the tests whose name matches "digest"
  npm test -- clients/podman             one client

A test file that talks to the Worker sets up and builds what it needs first.`;

const { values, positionals } = parseArgs({
  options: { name: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  allowPositionals: true,
});

async function runStep(name, given, total) {
  const { title, run, count } = STEPS[name];
  console.log(`\n== ${title}`);
  const started = Date.now();
  const result = await run(given);
  const counted = count?.(result) ?? { passed: 0, failed: 0, skipped: 0 };
  // A step can fail without a failed test: if it does not compile, for example.
  if (result.ok === false && counted.failed === 0) counted.failed = 1;
  for (const kind of Object.keys(total)) total[kind] += counted[kind];
  if (counted.failed > 0) console.error(`\n${title}: failed`);
  console.log(`${title}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return counted.failed === 0;
}

async function main() {
  const { steps, words, paths } = chosen(positionals, values.name !== undefined);
  const given = {
    words,
    files: steps.includes('node') ? testFiles(paths) : [],
    name: values.name,
    isNarrow: words.length > 0 || paths.length > 0 || values.name !== undefined,
  };
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const step of steps) {
    if (await runStep(step, given, total)) continue;
    process.exitCode = 1;
    break;
  }
  if (ranNothing(steps, total)) {
    console.error('no test ran: nothing has such a name');
    process.exitCode = 1;
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
}

const ranNothing = (steps, total) =>
  steps.some((step) => STEPS[step].count) && Object.values(total).every((count) => count === 0);

try {
  if (values.help) console.log(HELP);
  else await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
