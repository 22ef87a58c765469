import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup/paths.mjs';

/** The runtime's behaviour that the Worker is made for, as a date. */
export function compatibilityDate() {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  return toml.match(/^compatibility_date = "(.*)"$/m)[1];
}
