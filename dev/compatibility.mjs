import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup/paths.mjs';

/**
 * The compatibility date and flags in `wrangler.toml`, as fields of a Worker in Cap'n Proto: they
 * select the runtime behaviour that bhcr expects.
 */
export function compatibility() {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  const [, date] = toml.match(/^compatibility_date = (".*")$/m);
  const [, flags] = toml.match(/^compatibility_flags = (\[.*\])$/m);
  return `compatibilityDate = ${date}, compatibilityFlags = ${flags}`;
}
