import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Stops what a run has started, however the run ends. `add` takes a function that stops something;
 * `end` calls all of them, the last one first. `signal` aborts whatever the run is waiting for.
 */
export function makeLifetime(...around) {
  const ends = [];
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, ...around]);
  let ended;

  async function endAll() {
    ending.abort();
    while (ends.length > 0) await ends.pop()();
  }

  function end() {
    ended ??= endAll();
    return ended;
  }

  function scratch(name) {
    const dir = mkdtempSync(join(tmpdir(), `bhcr-bench-${name}-`));
    ends.push(() => rmSync(dir, { recursive: true, force: true }));
    return dir;
  }

  return { signal, add: (stop) => ends.push(stop), scratch, end };
}

/** A part of a lifetime: when `work` ends, what it started is stopped. */
export async function within(lifetime, work) {
  const own = makeLifetime(lifetime.signal);
  lifetime.add(own.end);
  try {
    return await work(own);
  } finally {
    await own.end();
  }
}
