import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { migrate } from '../../dev/migrations.mjs';
import { filesUnder } from '../../dev/setup/files.mjs';
import { local, root } from '../../dev/setup/paths.mjs';

/**
 * Puts a migrated database into the folder `to`. It is a copy: wrangler takes seconds to migrate one,
 * so that is done once for each state of the migrations, of wrangler, and of wrangler.toml.
 */
export async function copyMigrated(to) {
  const made = join(local, 'migrated', stateOfMigrations());
  if (!existsSync(made)) await make(made);
  cpSync(made, to, { recursive: true });
}

/** Only a whole folder gets the name: a test that is killed leaves none that is half made. */
async function make(folder) {
  const parent = join(local, 'migrated');
  mkdirSync(parent, { recursive: true });
  const making = mkdtempSync(join(parent, 'making-'));
  await migrate({ persistTo: making });
  try {
    renameSync(making, folder);
  } catch (error) {
    // Another test has made it meanwhile.
    if (!existsSync(folder)) throw error;
    rmSync(making, { recursive: true });
  }
}

function stateOfMigrations() {
  const names = ['wrangler.toml', 'node_modules/wrangler/package.json'];
  const files = [...names.map((name) => join(root, name)), ...filesUnder(join(root, 'migrations'))];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
