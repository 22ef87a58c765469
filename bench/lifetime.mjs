import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What ends with the run, however it ends: `add` takes what ends it, and `end` calls them all, the
 * last one first. `signal` aborts what is being waited for.
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

/** A part of a lifetime: what `work` starts ends with it. */
export async function within(lifetime, work) {
  const own = makeLifetime(lifetime.signal);
  lifetime.add(own.end);
  try {
    return await work(own);
  } finally {
    await own.end();
  }
}
