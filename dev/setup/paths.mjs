import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** Files of this clone that are not in git: stamps, logs, choices of set-up. */
export const local = join(root, '.local');
export const logs = join(local, 'logs');
export const bin = join(root, 'node_modules', '.bin');

/** Where tools are installed that all clones share. */
export const cache =
  process.env.BHCR_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bhcr');

export const toolDir = (tool, version) => join(cache, `${tool}-${version}`);

export const pathWith = (...first) => [...first, process.env.PATH].join(delimiter);
