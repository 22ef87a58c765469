#!/usr/bin/env node
// Runs all tests and adds them up: node dev/test.mjs [build|lint|cargo|wasm|node …] [test files …]
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { filesUnder } from './setup/files.mjs';
import { bin, logs, root } from './setup/paths.mjs';

const tap = join(logs, 'node-tests.tap');

const STEPS = {
  setup: { title: 'Set-up', run: () => script('setup/index.mjs', 'test') },
  build: { title: 'Build', run: () => script('build.mjs') },
  lint: { title: 'Lint', run: () => script('lint.mjs') },
  cargo: {
    title: 'Native tests',
    run: () => script('cargo.mjs', 'test', '--no-fail-fast'),
    count: countCargo,
  },
  wasm: { title: 'Tests in WebAssembly', run: () => script('wasm-test.mjs'), count: countCargo },
  node: { title: 'Tests of the Worker', run: nodeTests, count: countTap },
};

/** Runs a command, showing its output as it comes; gives its status and all that it said. */
function command(name, args) {
  // Node 22 of node_modules, where there is one, for the tests and for what they start.
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) };
  return new Promise((resolve) => {
    const child = spawn(name, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      said += chunk;
    });
    child.once('error', (error) => resolve({ ok: false, said: error.message }));
    child.once('close', (code) => resolve({ ok: code === 0, said }));
  });
}

const script = (file, ...args) => command('node', [join('dev', file), ...args]);

async function nodeTests(files) {
  const all = filesUnder(join(root, 'tests')).filter((file) => file.endsWith('.test.mjs'));
  const chosen = files.length ? files : all.map((file) => relative(root, file));
  if (!chosen.length) return { ok: true, said: '' };
  mkdirSync(logs, { recursive: true });
  rmSync(tap, { force: true });
  const reporters = [
    ['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ['--test-reporter=tap', `--test-reporter-destination=${tap}`],
  ];
  // One file at a time: they share two cores with the registries and engines that they start.
  return command('node', ['--test', '--test-concurrency=1', ...reporters.flat(), ...chosen]);
}

const sum = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);

function countCargo({ said }) {
  const [passed, failed, skipped] = ['passed', 'failed', 'ignored'].map((word) =>
    sum(said, new RegExp(`^test result: .*?(\\d+) ${word}`, 'gm')),
  );
  return { passed, failed, skipped };
}

function countTap() {
  let said = '';
  try {
    said = readFileSync(tap, 'utf8');
  } catch {
    // No test file was run.
  }
  // The totals come last; a test may print lines that look like them before.
  const of = (word) =>
    Number([...said.matchAll(new RegExp(`^# ${word} (\\d+)$`, 'gm'))].at(-1)?.[1] ?? 0);
  return {
    passed: of('pass'),
    failed: of('fail') + of('cancelled'),
    skipped: of('skipped') + of('todo'),
  };
}

const asked = process.argv.slice(2);
const names = asked.filter((word) => word in STEPS);
const files = asked.filter((word) => !(word in STEPS));
const chosen = names.length ? names : files.length ? ['build', 'node'] : Object.keys(STEPS);
const total = { passed: 0, failed: 0, skipped: 0 };

for (const name of chosen) {
  const { title, run, count } = STEPS[name];
  console.log(`\n== ${title}`);
  const result = await run(files);
  const counted = count?.(result) ?? { passed: 0, failed: 0, skipped: 0 };
  // A step that fails without a failed test, one that does not compile say, is a failure too.
  if (!result.ok && !counted.failed) counted.failed = 1;
  for (const kind of Object.keys(total)) total[kind] += counted[kind];
  if (counted.failed) {
    console.error(`\n${title}: failed`);
    process.exitCode = 1;
    break;
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
