import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from './build.mjs';
import { describeImage } from './describe.mjs';
import { pushImage } from './push.mjs';

// Pushes images to the registry, and remembers them in `file`: a second start with the same recipes
// and the same code makes and pushes nothing.
export function makePublisher({ file, registry, pushToken }) {
  const code = sourceDigest();
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

  return async function publish(name, recipe) {
    const key = JSON.stringify([code, recipe]);
    if (kept[name]?.key === key) return kept[name].image;
    const built = buildImage(recipe);
    await pushImage(registry, await pushToken(name), name, built);
    kept[name] = { key, image: describeImage(built) };
    writeFileSync(file, JSON.stringify(kept));
    return kept[name].image;
  };
}

function sourceDigest() {
  const hash = createHash('sha256');
  for (const name of readdirSync(import.meta.dirname).sort()) {
    hash.update(readFileSync(join(import.meta.dirname, name)));
  }
  return hash.digest('hex');
}
