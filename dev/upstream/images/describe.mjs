// Describes an image for tests, without its bytes: the top manifest, and for each platform its
// manifest, config and layers.
export function describeImage({ manifests }) {
  const top = manifests.at(-1);
  const platforms = manifests.filter(({ platform }) => platform !== undefined);
  return {
    digest: top.digest,
    mediaType: top.mediaType,
    size: top.size,
    platforms: platforms.map(({ digest, mediaType, size, platform, content }) => ({
      digest,
      mediaType,
      size,
      architecture: platform.architecture,
      config: content.config,
      layers: content.layers,
    })),
  };
}
