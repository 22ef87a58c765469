import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
/** What belongs to this clone: stamps, logs, what set-up chose. */
export const local = join(root, '.local');
export const logs = join(local, 'logs');
export const bin = join(root, 'node_modules', '.bin');

/** Tools that outlive a clone. */
export const cache =
  process.env.BHCR_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'bhcr');

export const toolDir = (tool, version) => join(cache, `${tool}-${version}`);

export const pathWith = (...first) => [...first, process.env.PATH].join(delimiter);
