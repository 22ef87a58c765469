// How soon a client sees a change upstream, with short times and the real upstream.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { outcomeOf } from '../support/pulling.mjs';

const BOUNDS = { target: 2, version: 3, fixed: 4, miss: 1 };
const POLL_MS = 100;
const settings = Object.fromEntries(
  Object.entries(BOUNDS).map(([kind, seconds]) => [`${kind.toUpperCase()}_SECONDS`, `${seconds}`]),
);
const here = await bench();
const { control } = here.upstream;
const workers = [await here.start(settings), await here.start(settings)];
let serial = 0;

const digest = ({ images }) => images[0].digest;

async function application(options = {}) {
  serial += 1;
  const slug = `fresh/app-${serial}`;
  await control.createApplication({ slug, ...options });
  const first = await control.createRelease(slug, { semver: '1.0.0' });
  return { slug, first, before: digest(first) };
}

// Each row makes an application and a name in it, and a function that changes what the name means.
const CHANGES = {
  'a new release, pulled by the target': [
    'target',
    async () => {
      const { slug, before } = await application();
      const change = async () => digest(await control.createRelease(slug, { semver: '1.1.0' }));
      return { name: slug, before, change };
    },
  ],
  'a new pin': [
    'target',
    async () => {
      const { slug, first } = await application();
      const second = await control.createRelease(slug, { semver: '1.1.0' });
      const change = async () => {
        await control.pin(slug, first.commit);
        return digest(first);
      };
      return { name: `${slug}/pinned`, before: digest(second), change };
    },
  ],
  'a new revision': [
    'version',
    async () => {
      const { slug, before } = await application();
      const change = async () => digest(await control.createRelease(slug, { semver: '1.0.0' }));
      return { name: `${slug}/1.0.0`, before, change };
    },
  ],
  'a removed application, by a version': ['version', () => removed('/1.0.0')],
  'a removed application, by the target': ['target', () => removed('')],
  'a removed application, by a commit': ['fixed', () => removed('commit')],
  'an application made private, by a version': ['version', () => hidden('/1.0.0')],
  'an application made private, by the target': ['target', () => hidden('')],
  'an application made private, by a commit': ['fixed', () => hidden('commit')],
  'an application made public': [
    'miss',
    async () => {
      const { slug, before: after } = await application({ isPublic: false });
      const change = async () => {
        await control.setPublic(slug, true);
        await control.forgetLookups();
        return after;
      };
      return { name: slug, before: 403, change };
    },
  ],
  'a draft made final': [
    'miss',
    async () => {
      const { slug } = await application();
      const draft = await control.createRelease(slug, { semver: '2.0.0', draft: 1763000000000 });
      const change = async () => {
        await control.finalise(slug, draft.commit);
        return digest(draft);
      };
      return { name: `${slug}/2.0.0`, before: 403, change };
    },
  ],
};

async function removed(end) {
  const made = await application();
  return gone(made, end, () => control.removeApplication(made.slug));
}

async function hidden(end) {
  const made = await application();
  return gone(made, end, () => control.setPublic(made.slug, false));
}

// The API's token endpoint goes on remembering the old state, so the resolution has to notice.
function gone({ slug, first, before }, end, away) {
  const name = end === 'commit' ? `${slug}/${first.commit}` : `${slug}${end}`;
  return { name, before, change: () => away().then(() => 403) };
}

const all = (name) => Promise.all(workers.map(({ url }) => outcomeOf(url, name)));

// The organization must exist before several applications are made at the same time.
await application();

// Concurrently, because these tests mostly wait.
describe('a change', { concurrency: 4 }, () => {
  for (const [what, [kind, prepare]] of Object.entries(CHANGES)) {
    const bound = BOUNDS[kind] * 1000;

    test(`${what} shows at the first pull after ${bound} ms`, async () => {
      const { name, before, change } = await prepare();
      assert.deepEqual(await all(name), [before, before]);
      const after = await change();
      await sleep(bound);
      assert.deepEqual(await all(name), [after, after]);
    });

    test(`${what} shows within ${bound} ms to a client that pulls all the time`, async () => {
      const { name, before, change } = await prepare();
      assert.deepEqual(await all(name), [before, before]);
      const after = await change();
      const changed = Date.now();
      for (let last = false; !last; await sleep(POLL_MS)) {
        last = Date.now() - changed > bound;
        for (const got of await all(name)) {
          assert.ok(
            got === after || (!last && got === before),
            `${got} after ${Date.now() - changed}`,
          );
        }
      }
    });
  }
});

test('a KV that is behind keeps no resolution alive beyond its time', async () => {
  const { slug, before } = await application();
  const name = `${slug}/1.0.0`;
  assert.deepEqual(await all(name), [before, before]);
  const after = digest(await control.createRelease(slug, { semver: '1.0.0' }));
  await sleep(BOUNDS.version * 1000);
  await here.kv.fail('stale', { seconds: BOUNDS.version });
  assert.deepEqual(await all(name), [after, after]);
});
