import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup/paths.mjs';

/** The runtime's behaviour that the Worker is made for, as a Worker's fields in Cap'n Proto. */
export function compatibility() {
  const toml = readFileSync(join(root, 'wrangler.toml'), 'utf8');
  const [, date] = toml.match(/^compatibility_date = (".*")$/m);
  const [, flags] = toml.match(/^compatibility_flags = (\[.*\])$/m);
  return `compatibilityDate = ${date}, compatibilityFlags = ${flags}`;
}
