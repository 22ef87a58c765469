import { layer } from '../../tests/support/pushing.mjs';
import { TYPES } from '../../tests/support/registry.mjs';

let made = 0;

/** A blob that no registry has: `{ length, digest, from() }`. */
export function newBlob(length) {
  made += 1;
  const { from, digest } = layer(length, made);
  return { length, from, digest: digest() };
}

/** A manifest that no registry has, of a configuration and layers, as text. */
export function newManifest([config, ...layers]) {
  made += 1;
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: describe(TYPES.config, config),
    layers: layers.map((blob) => describe(TYPES.layer, blob)),
    annotations: { number: `${made}` },
  });
}

const describe = (mediaType, { digest, length: size }) => ({ mediaType, digest, size });
