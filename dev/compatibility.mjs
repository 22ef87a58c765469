import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup/paths.mjs';

/** The compatibility date in `wrangler.toml`: it selects the runtime behaviour that bhcr expects. */
export function compatibilityDate() {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  return toml.match(/^compatibility_date = "(.*)"$/m)[1];
}
