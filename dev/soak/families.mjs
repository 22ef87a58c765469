// Names that mean one image for each architecture. `acme/family-0` is no application: its siblings are.

/** The architectures of siblings in the order of an index: the images' own, and what an index says. */
export const ARCHITECTURES = {
  amd64: { image: 'amd64', platform: { architecture: 'amd64', os: 'linux' } },
  aarch64: { image: 'arm64', platform: { architecture: 'arm64', os: 'linux' } },
  // The image does not say its variant.
  rpi: { image: 'arm', platform: { architecture: 'arm', os: 'linux', variant: 'v6' } },
};

export const FAMILIES = ['acme/family-0', 'other/family-1'];

/** The applications of a family, as `[architecture, slug]`. */
export const siblingsOf = (family) =>
  Object.keys(ARCHITECTURES).map((architecture) => [architecture, `${family}-${architecture}`]);

export const SIBLINGS = FAMILIES.flatMap((family) => siblingsOf(family).map(([, slug]) => slug));

/** The architecture of a sibling's images; none of another application's. */
export const imageArchitecture = (slug) =>
  SIBLINGS.includes(slug) ? ARCHITECTURES[slug.split('-').at(-1)].image : undefined;

/** A name to ask for: `{ text, family, selector }`. */
export function anyFamily(random, truth) {
  const family = random.pick(FAMILIES);
  const releases = siblingsOf(family).flatMap(([, slug]) => truth.now(slug).releases);
  const release = releases.length > 0 ? random.pick(releases) : undefined;
  const [end, selector] = random.pick([
    ['', { kind: 'target' }],
    ['/latest', { kind: 'target' }],
    ...['1.0.0', '1.1.0', release?.semver ?? '1.2.0'].map((value) => [
      `/${value}`,
      { kind: 'version', value },
    ]),
    ...(release ? [[`/${release.commit}`, { kind: 'fixed', value: release.commit }]] : []),
  ]);
  return { text: `${family}${end}`, family, selector };
}

/**
 * One pull by a client that takes one image of the index: a token, the index, the image by its digest,
 * and its config and first layer. `client` is that of `callers.mjs`. Answers what came of each.
 */
export async function pullFamily(client, random) {
  const { token, manifest: index } = await client.tagged();
  const listed = index?.status === 200 ? index.reply.json.manifests : [];
  if (!(listed?.length > 0)) return { token, index };
  const chosen = random.pick(listed);
  const image = await client.manifest(token, chosen.digest);
  if (image.digest !== chosen.digest) return { token, index, chosen, image };
  const { config, layers } = image.reply.json;
  const blobs = [];
  for (const { digest } of [config, layers[0]]) blobs.push(await client.blob(token, digest));
  return { token, index, chosen, image, blobs };
}
