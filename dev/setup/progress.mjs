const isTerminal = process.stdout.isTTY;
const CLEAR = '\r\x1b[K';
const EVERY_MS = isTerminal ? 1000 : 30_000;

/** The steps that are under way, by title, with the time when each began. */
const running = new Map();
let timer;

/**
 * Shows that a step is under way. On a terminal, one line has the seconds of all such steps;
 * elsewhere each has a line of its own every half minute. Answers a function that ends the step with
 * one line: its outcome, and the time that it took.
 */
export function showProgress(title) {
  running.set(title, Date.now());
  timer ??= setInterval(show, EVERY_MS);
  if (isTerminal) show();
  return (outcome) => {
    const line = `  ${title}: ${outcome} (${elapsed(title)})`;
    running.delete(title);
    if (running.size === 0) timer = clearInterval(timer);
    tell(line);
  };
}

/** Prints a line above what is under way. */
export function tell(line) {
  process.stdout.write(`${isTerminal ? CLEAR : ''}${line}\n`);
  if (isTerminal && running.size > 0) show();
}

function show() {
  const steps = [...running.keys()].map((title) => `  ${title} … ${elapsed(title)}`);
  // A line that is wider than the terminal could not be cleared.
  const line = steps.join('').slice(0, (process.stdout.columns || 80) - 1);
  process.stdout.write(isTerminal ? CLEAR + line : `${steps.join('\n')}\n`);
}

const elapsed = (title) => `${((Date.now() - running.get(title)) / 1000).toFixed(0)} s`;
