import { STEPS } from './steps.mjs';

// These steps take words of their own: parts of the names of Rust tests.
const BY_NAME = ['cargo', 'wasm'];

/**
 * What the words of a command line mean: the `steps` to run, in order, each once, after those that
 * they need; `words` for Rust tests; and `paths` for test files. A word with a slash is for test files,
 * and so is every word unless a step of Rust tests is named.
 */
export function chosen(positionals, hasName = false) {
  const asked = positionals.filter((word) => word in STEPS);
  const others = positionals.filter((word) => !(word in STEPS));
  const isByName = asked.some((step) => BY_NAME.includes(step));
  const paths = isByName ? others.filter((word) => word.includes('/')) : others;
  const words = isByName ? others.filter((word) => !word.includes('/')) : [];
  const wanted = paths.length > 0 || hasName ? [...asked, 'node'] : asked;
  return { steps: wanted.length === 0 ? Object.keys(STEPS) : inOrder(wanted), words, paths };
}

const inOrder = (wanted) => [
  ...new Set(wanted.flatMap((name) => [...(STEPS[name].needs ?? []), name])),
];
