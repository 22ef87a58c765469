import { inLanes } from '../in-lanes.mjs';
import { newBlob, newManifest } from './blobs.mjs';

export const FEW = 100;
export const MANY = 10_000;

/** The tags of the image with few tags. */
export const few = Array.from({ length: FEW }, (_, number) => `v${number}`);

/** Pushes the image with few tags, each of a manifest of its own, and keeps two blobs for more. */
export async function fillFew(side) {
  side.base = [newBlob(1000), newBlob(1000)];
  for (const image of [side.few, side.pushed]) {
    for (const blob of side.base) await image.put(blob);
  }
  await inLanes(4, few, (tag) => side.few.putManifest(tag, newManifest(side.base)));
}

/**
 * Gives an image of bhcr many tags: one is pushed, and the others are copied in the database, because
 * so many pushes would take minutes.
 */
export async function fillMany({ many, account, base }, run) {
  for (const blob of base) await many.put(blob);
  await many.putManifest('latest', newManifest(base));
  await run(COPY, [MANY - 2, account]);
}

const COPY = `
  insert into tags (account, image, tag, digest, updated)
  with recursive numbers (number) as (
    select 0 union all select number + 1 from numbers where number < ?1
  )
  select account, image, printf('v%05d', number), digest, updated from tags, numbers
  where account = ?2 and image = 'many' and tag = 'latest'`;
