const MIB = 1024 * 1024;
const LONG_NAME = 'a-fleet-with-a-very-long-name-'.repeat(7).slice(0, 200 - 'balenablocks/'.length);

// The applications and their releases, in the order in which they are made. Unless it says otherwise,
// a release is final and successful, and has one OCI image of one small layer for linux/amd64. The
// newest release is the target, unless `pinned` has the index of another one.
export const applications = [
  {
    slug: 'balenablocks/browser',
    isBlock: true,
    releases: [
      { semver: '2.3.8', images: { main: { family: 'docker' } } },
      { semver: '2.3.8' },
      { semver: '2.3.8' },
      { semver: '2.4.0', draft: 1763000000000 },
      { semver: '2.5.0', commitLength: 40 },
      { semver: '2.5.1', status: 'failed' },
      { semver: '2.6.0' },
      { semver: '2.6.0', status: 'failed' },
      { semver: '2.7.0-pre.1', draft: 1763000000001, commitLength: 40 },
    ],
  },
  { slug: 'acme/kiosk', pinned: 0, releases: [{ semver: '1.0.0' }, { semver: '1.1.0' }] },
  {
    slug: 'acme/gateway',
    releases: [
      { semver: '0.9.0', images: { browser: {}, proxy: {} } },
      { semver: '1.0.0', images: { browser: {}, proxy: { family: 'docker' } } },
    ],
  },
  {
    slug: 'acme/secret',
    isPublic: false,
    releases: [{ semver: '1.0.0' }, { semver: '1.1.0', draft: 1763000000002 }],
  },
  { slug: 'acme/empty', releases: [] },
  {
    slug: 'balenablocks/multiarch',
    isBlock: true,
    releases: [
      {
        semver: '1.0.0',
        images: { main: { family: 'docker', architectures: ['amd64', 'arm64'] } },
      },
      { semver: '1.1.0', images: { main: { architectures: ['amd64', 'arm64'] } } },
    ],
  },
  {
    slug: 'balenablocks/legacy',
    isBlock: true,
    releases: [{ semver: '1.0.0', images: { main: { family: 'docker' } } }],
  },
  {
    slug: 'balenablocks/large',
    isBlock: true,
    releases: [{ semver: '1.0.0', images: { main: { layers: [52 * MIB] } } }],
  },
  {
    slug: 'balenablocks/layers',
    isBlock: true,
    releases: [{ semver: '1.0.0', images: { main: { layers: Array(20).fill(64 * 1024) } } }],
  },
  { slug: `balenablocks/${LONG_NAME}`, isBlock: true, releases: [{ semver: '1.0.0' }] },
  {
    slug: 'acme/foreign',
    releases: [
      { semver: '1.0.0', images: { main: { storedAt: (path) => `evil.example/${path}` } } },
    ],
  },
  {
    slug: 'acme/malformed',
    releases: [
      {
        semver: '1.0.0',
        images: {
          main: { storedAt: (path, host) => `${host}/${path.replace(/\w+$/, 'UPPER..')}` },
        },
      },
    ],
  },
];
