const ROOT = 'OCI Conformance Test';

/**
 * The two forms of the conformance suite: a program, and before 2026 a Go test. Each has the settings
 * of its runs against a registry that cannot be pushed to, and patterns for the names of its cases.
 */
export const SUITES = {
  conformance: {
    environments: (settings) => BRANCHES.map((branch) => branchOf(branch, settings)),
    groups: {
      pull: /read-only\/(head|pull)\//,
      'tag list': /tag[- ]list$/,
      referrers: /referrers$/,
    },
    impossible: {},
    whole: (settings) => [wholeOf(settings)],
    workflows: {
      push: /\/push\//,
      pull: /\/pull\//,
      'chunked uploads': /\/chunked/,
      mounts: /\/mount\//,
      referrers: /referrer/,
      deletion: /\/delete\//,
    },
    skips: {
      'range requests/range 500-0': 'RFC 9110, 14.1.1: this range is not valid, and is ignored',
    },
  },
  'conformance-1.1': {
    environments: (settings) => [before2026(settings)],
    groups: {
      pull: /Pull (blobs|manifests)/,
      'tag list': /listing tags/,
      referrers: /listing references/,
    },
    // These need something that the suite itself has pushed.
    impossible: {
      'GET start of tag is set by `last` query parameter': 'the suite needs two tags',
      'GET request to existing blob should yield 200': 'the suite did not push referrers',
      'GET request to existing blob with filter should yield 200':
        'the suite did not push referrers',
      'GET request to missing manifest should yield 200': 'the suite did not push referrers',
    },
    whole: (settings) => [wholeBefore2026(settings)],
    workflows: {
      pull: /Pull/,
      push: /Push/,
      'content discovery': /Content Discovery/,
      'content management': /Content Management/,
    },
    skips: {
      'Pull Setup Get tag name from environment': 'the suite pushes what it pulls',
      'Populate registry with test tags (no push)': 'the suite pushes what it lists',
      'Cross-mounting of nonexistent blob should yield session id':
        'the blob that is mounted before exists, and was mounted',
      'Cross-mounting without from, and automatic content discovery disabled should return a 202':
        'automatic content discovery is enabled',
    },
  },
};

// One run for each branch, because the suite writes no report of a whole run if it may not push.
// `missing-manifest/by-tag` is left out, because every tag of a release is the same image.
const BRANCHES = [
  'ping',
  'empty',
  'read-only',
  'missing-manifest/by-digest',
  'invalid-digest-format',
];

const branchOf = (branch, { host, name, digests, blobs, password }) => ({
  OCI_REGISTRY: host,
  OCI_TLS: 'disabled',
  OCI_REPO1: name,
  OCI_USERNAME: 'anyone',
  OCI_PASSWORD: password,
  OCI_API_PUSH: 'false',
  OCI_API_BLOBS_DELETE: 'false',
  OCI_API_MANIFESTS_DELETE: 'false',
  OCI_API_TAGS_DELETE: 'false',
  OCI_FILTER_TEST: `${ROOT}/${branch}`,
  OCI_RESULTS_DIR: '.',
  ...(branch === 'read-only' && {
    OCI_RO_DATA_TAGS: 'latest',
    OCI_RO_DATA_MANIFESTS: digests.join(' '),
    OCI_RO_DATA_BLOBS: blobs.join(' '),
    OCI_RO_DATA_REFERRERS: digests[0],
  }),
});

// Everything, on a repository that is the suite's own: also what the next version of the specification
// adds, such as cancelled uploads and tags as parameters of a push by digest.
const wholeOf = ({ host, name, other, user, password }) => ({
  OCI_VERSION: 'dev',
  OCI_REGISTRY: host,
  OCI_TLS: 'disabled',
  OCI_REPO1: name,
  OCI_REPO2: other,
  OCI_USERNAME: user,
  OCI_PASSWORD: password,
  OCI_RESULTS_DIR: '.',
});

const wholeBefore2026 = ({ host, name, other, user, password }) => ({
  OCI_ROOT_URL: `http://${host}`,
  OCI_NAMESPACE: name,
  OCI_CROSSMOUNT_NAMESPACE: other,
  OCI_AUTOMATIC_CROSSMOUNT: '1',
  OCI_USERNAME: user,
  OCI_PASSWORD: password,
  OCI_TEST_PULL: '1',
  OCI_TEST_PUSH: '1',
  OCI_TEST_CONTENT_DISCOVERY: '1',
  OCI_TEST_CONTENT_MANAGEMENT: '1',
  OCI_DELETE_MANIFEST_BEFORE_BLOBS: '1',
  OCI_REPORT_DIR: '.',
});

const before2026 = ({ host, name, digests, blobs, password }) => ({
  OCI_ROOT_URL: `http://${host}`,
  OCI_NAMESPACE: name,
  OCI_USERNAME: 'anyone',
  OCI_PASSWORD: password,
  OCI_TEST_PULL: '1',
  OCI_TEST_CONTENT_DISCOVERY: '1',
  OCI_MANIFEST_DIGEST: digests[0],
  OCI_BLOB_DIGEST: blobs[0],
  OCI_TAG_NAME: 'latest',
  OCI_TAG_LIST: 'latest',
  OCI_REPORT_DIR: '.',
});
