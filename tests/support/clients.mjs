import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** The path of a client's program, or undefined if set-up did not find it. */
export function program(name) {
  return installed()[name];
}

/**
 * The options of tests that need these clients. If one is missing they say to skip the test; with
 * CI=true this throws instead.
 */
export function needs(...names) {
  const missing = names.filter((name) => !program(name));
  if (!missing.length) return {};
  const reason = `not installed: ${missing.join(', ')}; see npm run setup -- test`;
  if (process.env.CI === 'true') throw new Error(reason);
  return { skip: reason };
}

/** The same for clients that only root can run. */
export function needsRoot(...names) {
  if (process.getuid?.() === 0) return needs(...names);
  if (process.env.CI === 'true') throw new Error(`${names.join(', ')} must run as root`);
  return { skip: `${names.join(', ')} must run as root` };
}

/** Makes a directory for this test file, and removes it when the file ends. */
export function scratch(name) {
  const dir = mkdtempSync(join(tmpdir(), `bhcr-${name}-`));
  // Tried again, because a program that the file has not stopped yet may still write into it.
  after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** An environment in which a client finds no configuration of the user who runs the tests. */
export function cleanEnvironment(home) {
  const { PATH, LANG = 'C.UTF-8' } = process.env;
  const run = join(home, 'run');
  mkdirSync(run, { recursive: true });
  return { PATH, LANG, HOME: home, XDG_RUNTIME_DIR: run };
}

function installed() {
  try {
    return JSON.parse(readFileSync(new URL('../../.local/clients.json', import.meta.url), 'utf8'));
  } catch {
    return {};
  }
}
