import { FAMILIES } from './families.mjs';
import { makeLayer, noise, sha256 } from './layer.mjs';

// Makes an image from a recipe: `{title, family, architectures, layers}`, where `layers` are sizes in
// bytes, and an architecture may have a variant, as in `arm/v7`. Answers what to push to a registry:
// blobs, and manifests with the top one last. Several architectures make an index.
export function buildImage(recipe) {
  const types = FAMILIES[recipe.family];
  const parts = recipe.architectures.map((architecture) => platform(recipe, architecture, types));
  const children = parts.map((part) => part.manifest);
  const blobs = parts.flatMap((part) => [...part.layers, part.config]);
  const manifests = children.length === 1 ? children : [...children, index(children, types)];
  return { blobs, manifests };
}

function platform(recipe, architecture, types) {
  const layers = recipe.layers.map((size, number) => layer(recipe, architecture, size, number));
  const [cpu, variant] = architecture.split('/');
  const own = { architecture: cpu, os: 'linux', ...(variant ? { variant } : {}) };
  const config = document(types.config, {
    created: '2024-01-01T00:00:00Z',
    ...own,
    config: { Cmd: ['/bin/sh'], Labels: { title: recipe.title } },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(() => ({ created: '2024-01-01T00:00:00Z', created_by: 'dev/upstream' })),
  });
  const manifest = document(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(config),
    layers: layers.map((made) => descriptor({ ...made, mediaType: types.layer })),
  });
  return { layers, config, manifest: { ...manifest, platform: own } };
}

function layer({ title }, architecture, size, number) {
  const name = `${title} ${architecture} ${number}`;
  return makeLayer([
    { path: 'release.txt', content: Buffer.from(`${name}\n`) },
    { path: `layers/${number}.bin`, content: noise(size, name) },
  ]);
}

function index(children, types) {
  return document(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: children.map((child) => ({ ...descriptor(child), platform: child.platform })),
  });
}

function document(mediaType, content) {
  const bytes = Buffer.from(JSON.stringify(content));
  return { mediaType, bytes, digest: sha256(bytes), size: bytes.length, content };
}

function descriptor({ mediaType, digest, size }) {
  return { mediaType, digest, size };
}
