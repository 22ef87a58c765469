const BROWSER = 'balenablocks/browser';
const MULTIARCH = 'balenablocks/multiarch';

/** Release references of every kind, as `{ kind, name, entry }`. All of them are public. */
export function references({ releases }) {
  const commit = (rawVersion) =>
    releases.find((entry) => entry.slug === BROWSER && entry.rawVersion === rawVersion).commit;
  const kinds = {
    'by version': `${BROWSER}/2.3.8`,
    'by a commit of 32 digits': `${BROWSER}/${commit('2.3.8+rev1')}`,
    'by a commit of 40 digits': `${BROWSER}/${commit('2.5.0')}`,
    'as a draft': `${BROWSER}/2.4.0-1763000000000`,
    'without a release': BROWSER,
    'as latest': `${BROWSER}/latest`,
    'pinned to an older release': 'acme/kiosk',
    'by service': 'acme/gateway/1.0.0/browser',
    'by service of the current release': 'acme/gateway/latest/proxy',
    'of Docker schema 2': 'balenablocks/legacy/1.0.0',
    'with an OCI index': `${MULTIARCH}/1.1.0`,
    'with a Docker manifest list': `${MULTIARCH}/1.0.0`,
    'of 20 layers': 'balenablocks/layers',
    'under a long name': releases.find(({ slug }) => slug.length > 150).slug,
    'with a layer of 52 MB': 'balenablocks/large',
  };
  return Object.entries(kinds).map(([kind, name]) => ({ kind, name, entry: find(releases, name) }));
}

/** The seed's entry for the image that a name must lead to. */
export function find(releases, name) {
  const entry = releases.find((release) => release.references.includes(name));
  if (!entry) throw new Error(`the seed has no ${name}`);
  return entry;
}

/** The platform of an image that a client on this machine pulls. */
export function forThisMachine({ platforms }) {
  const machine = process.arch === 'x64' ? 'amd64' : process.arch;
  if (platforms.length === 1) return platforms[0];
  return platforms.find(({ architecture }) => architecture === machine);
}

/** The kinds that a second Worker is tested with, after the first one was tested with all. */
export const FEW = [
  'by version',
  'by service',
  'of Docker schema 2',
  'with an OCI index',
  'of 20 layers',
  'with a layer of 52 MB',
];

/** A release of the private application, which only its owner may see. */
export const SECRET = 'acme/secret/1.0.0';
export const INDEX = `${MULTIARCH}/1.1.0`;
