import { sha256 } from '../dev/upstream/images/layer.mjs';

// What an isolate's memory of manifests holds, at most.
const MEMORY_BYTES = 8 << 20;

/** Manifests that differ in an annotation alone, twice as many as memory holds: `{ digest, bytes }`. */
export function manyLike(manifest) {
  const parsed = JSON.parse(manifest);
  const count = Math.ceil((2 * MEMORY_BYTES) / manifest.length);
  return Array.from({ length: count }, (_, number) => {
    const annotations = { number: String(number).padStart(8, '0') };
    const bytes = Buffer.from(JSON.stringify({ ...parsed, annotations }));
    return { digest: sha256(bytes), bytes };
  });
}
