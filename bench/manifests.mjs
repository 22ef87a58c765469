import { sha256 } from '../dev/upstream/images/layer.mjs';

// The memory of an isolate holds at most this many bytes of manifests.
const MEMORY_BYTES = 8 << 20;

/** Makes twice as many manifests as memory holds, which differ only in an annotation. */
export function manyLike(manifest) {
  const parsed = JSON.parse(manifest);
  const count = Math.ceil((2 * MEMORY_BYTES) / manifest.length);
  return Array.from({ length: count }, (_, number) => {
    const annotations = { number: String(number).padStart(8, '0') };
    const bytes = Buffer.from(JSON.stringify({ ...parsed, annotations }));
    return { digest: sha256(bytes), bytes };
  });
}
