import { script } from './command.mjs';
import { countAll, countCargo } from './count.mjs';
import { nodeTests } from './node-tests.mjs';

/**
 * The steps of a test run, in order. Each has a `title`, and `run`, which gets the `words`, `files`
 * and `name` that were asked for, and `isNarrow` if these select some tests. `count` adds up its
 * tests, and `needs` names the steps that must run before it. Native and WebAssembly tests set up
 * what they need by themselves.
 */
export const STEPS = {
  setup: { title: 'Set-up', run: setUp },
  build: { title: 'Build', run: build },
  lint: { title: 'Lint', run: () => script('lint.mjs') },
  cargo: {
    title: 'Native tests',
    run: ({ words }) => script('cargo.mjs', 'test', '--no-fail-fast', '--', ...words),
    count: countCargo,
  },
  wasm: {
    title: 'Tests in WebAssembly',
    run: ({ words }) => script('wasm-test.mjs', ...words),
    count: countCargo,
  },
  node: {
    title: 'Tests of the Worker',
    needs: ['setup', 'build'],
    run: nodeTests,
    count: countAll,
  },
};

/** Real clients take minutes to install the first time, so only tests that run them wait for it. */
function setUp({ files }) {
  const needsClients = files.length === 0 || files.some((file) => file.includes('clients'));
  return script('setup/index.mjs', needsClients ? 'clients' : 'start');
}

/** A Worker over its budget fails a whole run. It keeps nobody from running a single test. */
function build({ isNarrow }) {
  return script('build.mjs', ...(isNarrow ? ['--warn'] : []));
}
