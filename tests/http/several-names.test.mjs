// Several names in one token, through the stand-in's real OData: each gets what it gets alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench, resolutions } from '../support/bench.mjs';
import { bearer, pull, token } from '../support/http.mjs';
import { under } from '../support/location.mjs';
import { startWorkerd } from '../support/workerd.mjs';

const EIGHT = 8;
const here = await bench();
const { seed, credentials, control } = here.upstream;

/** Does some work with a Worker that knows nothing yet, and answers its result. */
async function cold(work) {
  const worker = await startWorkerd(here.settings);
  try {
    return await work(worker.url);
  } finally {
    await worker.stop();
  }
}
const CALLERS = {
  nobody: {},
  'the owner of what is private': { headers: bearer(credentials.owner.apiKey) },
  'a stranger': { headers: bearer(credentials.stranger.apiKey) },
  'the owner, in a session': { headers: bearer(credentials.owner.sessionToken) },
};

// Two applications with the same versions and commits: only the slug tells their releases apart.
const COMMIT = '0123456789abcdef0123456789abcdef';
const TWINS = ['acme/twin-one', 'acme/twin-two'];
for (const slug of TWINS) {
  await control.createApplication({ slug });
  await control.createRelease(slug, { semver: '1.0.0', commit: COMMIT });
  await control.createRelease(slug, { semver: '1.0.0' });
  await control.createRelease(slug, { semver: '2.0.0', draft: 1763000000009 });
}

const commitOf = (slug) => seed.releases.find((it) => it.slug === slug).commit;
const NAMES = [
  // Targets: the newest, a pinned one, several services, private, without a release.
  ...['balenablocks/browser', 'acme/kiosk/pinned', 'acme/gateway', 'acme/secret', 'acme/empty'],
  ...TWINS,
  // Versions: with revisions, whose newest failed, which failed, of another app, with a service.
  ...['balenablocks/browser/2.3.8', 'balenablocks/browser/2.6.0', 'balenablocks/browser/2.5.1'],
  ...['acme/kiosk/1.0.0', 'acme/kiosk/1.1.0', 'acme/secret/1.0.0', 'acme/nothing/1.0.0'],
  ...[
    'acme/gateway/0.9.0/proxy',
    'acme/gateway/1.0.0/nothing',
    ...TWINS.map((it) => `${it}/1.0.0`),
  ],
  // A version is not its draft, and a draft is not its version.
  ...['balenablocks/browser/2.4.0', 'balenablocks/browser/2.4.0-1763000000000'],
  ...['acme/secret/1.1.0', 'acme/secret/1.1.0-1763000000002'],
  ...TWINS.flatMap((it) => [`${it}/2.0.0`, `${it}/2.0.0-1763000000009`]),
  // Commits: of their app, of another one, of both, cut short.
  ...[`balenablocks/browser/${commitOf('balenablocks/browser')}`],
  ...[`acme/kiosk/${commitOf('balenablocks/browser')}`, `acme/secret/${commitOf('acme/secret')}`],
  ...TWINS.map((it) => `${it}/${COMMIT}`),
  // What is asked for alone: short commits, and lines.
  ...[`${TWINS[0]}/${COMMIT.slice(0, 7)}`, 'acme/kiosk/abcdef0'],
  ...['balenablocks/browser/2', 'balenablocks/browser/v2.3', 'acme/secret/1', 'acme/kiosk/9'],
  // Exact revisions.
  ...['balenablocks/browser/2.3.8-rev1', 'balenablocks/browser/2.3.8-rev9'],
  // Locations that must not be followed, and a name that is no release.
  ...['acme/foreign', 'acme/malformed/1.0.0', 'acme'],
];

/** Whether any number of releases may match, so that the name has a query of its own. */
const isBroad = (name) => /^[^/]+\/[^/]+\/(v?\d+(\.\d+)?|[0-9a-f]{7,31})$/.test(name);

/** What a token gives for a name: its digest, or how it fails. */
async function given(url, held, name) {
  const { status, headers, text } = await under(held, url, name, 'manifests', 'latest');
  const said = text.replaceAll(new URL(url).host, 'HOST');
  return { status, digest: headers['docker-content-digest'], said };
}

/** What each name gets in a token of its own. */
async function alone(url, options) {
  const each = new Map();
  for (const name of NAMES) {
    const held = await token(url, [pull(name)], options).catch(() => undefined);
    each.set(name, held === undefined ? { status: 502 } : await given(url, held, name));
  }
  return each;
}

// Names that stand together, and names from all over the list; each group in both orders.
function groups() {
  const made = [NAMES.slice(-EIGHT)];
  for (let at = 0; at + EIGHT <= NAMES.length; at += EIGHT) {
    made.push(NAMES.slice(at, at + EIGHT), spread(at / EIGHT));
  }
  return made.flatMap((group) => [group, group.toReversed()]);
}

function spread(first) {
  const step = Math.ceil(NAMES.length / EIGHT);
  return NAMES.filter((_, at) => at % step === first % step).slice(0, EIGHT);
}

for (const [who, options] of Object.entries(CALLERS)) {
  test(`for ${who}, each of several names gets what it gets alone, and all but lines and short commits cost one query`, async () => {
    const single = await cold((url) => alone(url, options));
    const found = [...single.values()].filter(({ status }) => status === 200);
    assert.ok(found.length >= 15 && found.length < NAMES.length - 5, `${found.length} are found`);

    for (const group of groups()) {
      await cold(async (url) => {
        const before = here.api.requests().length;
        const held = await token(url, group.map(pull), options);
        const asked = resolutions(here.api.requests().slice(before)).map(({ url }) => url);
        const releases = asked.filter((url) => url.startsWith('/v7/release?'));
        const broad = group.filter(isBroad).length;
        assert.equal(releases.length, broad + (broad < group.length ? 1 : 0), group.join());
        // At most one more, for the newest releases of what was not found.
        assert.ok(asked.length <= releases.length + 1, asked.join('\n'));
        for (const name of group) {
          const { status, digest, said } = await given(url, held, name);
          const expected = single.get(name);
          assert.deepEqual([name, status, digest], [name, expected.status, expected.digest]);
          // A token that would grant nothing is refused as a whole, with words of its own.
          if (status !== 502) assert.equal(said, expected.said, name);
        }
      });
    }
  });
}
