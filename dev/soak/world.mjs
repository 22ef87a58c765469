import { setTimeout as sleep } from 'node:timers/promises';
import {
  ABSENT,
  created,
  withConfig,
  withFinal,
  withPin,
  withPublic,
  withRelease,
} from './application.mjs';
import { imageArchitecture, SIBLINGS } from './families.mjs';

const SLUGS = ['acme', 'other'].flatMap((organization) =>
  Array.from({ length: 5 }, (_, at) => `${organization}/soak-${at}`),
);
const ALL = [...SLUGS, ...SIBLINGS];
// Of each organization one is never public, and of each family one sibling.
const isEverPublic = (slug) => !/-(0|rpi)$/.test(slug);
const WEIGHTS = {
  ...{ release: 4, revision: 4, draft: 2, finalise: 3, pin: 2, publicity: 3, remove: 1 },
  config: 2,
};
// How many siblings' images have a config that cannot be read at first.
const HIDDEN = 0.2;
const MOST_RELEASES = 8;
const PAUSE_MS = { least: 30, most: 150 };
// What the API remembers of rights would otherwise outlive every bound here.
const FORGET_MS = 200;
const DRAFT = 1763000000000;

/**
 * Applications that change all the time, upstream and in `truth` alike. `hidden` has the repositories
 * whose blobs the registry does not have.
 */
export function makeWorld({ upstream, truth, random, hidden }) {
  const { control } = upstream;
  let change = Promise.resolve();
  let serial = 0;

  /** Waits for the change that is under way: only then it is known what became of it. */
  const settled = () => change;

  async function write(slug, work) {
    const from = Date.now();
    change = work().then((it) => truth.changed(slug, it, from));
    await change;
    await control.forgetLookups();
  }

  const actions = {
    release: (slug, it) => add(slug, it, { semver: `1.${it.releases.length}.0` }),
    revision: (slug, it) => add(slug, it, { semver: random.pick(it.releases).semver }),
    draft(slug, it) {
      serial += 1;
      return add(slug, it, { semver: `2.${it.releases.length}.0`, draft: DRAFT + serial });
    },
    async finalise(slug, it) {
      const draft = it.releases.find(({ isFinal }) => !isFinal);
      if (draft === undefined) return it;
      await control.finalise(slug, draft.commit);
      return withFinal(it, draft.commit);
    },
    async pin(slug, it) {
      const { commit } = random.pick(it.releases);
      await control.pin(slug, commit);
      return withPin(it, commit);
    },
    async publicity(slug, it) {
      if (!isEverPublic(slug)) return it;
      await control.setPublic(slug, !it.isPublic);
      return withPublic(it, !it.isPublic);
    },
    async config(_, it) {
      const repository = it.releases.find((release) => release.hidden)?.hidden;
      hidden.delete(repository);
      return withConfig(it, repository);
    },
    async remove(slug) {
      await control.removeApplication(slug);
      return ABSENT;
    },
  };

  async function add(slug, it, facts) {
    const architecture = imageArchitecture(slug);
    const isHidden = architecture !== undefined && random.chance(HIDDEN);
    // Before the release is there: whoever has read a config has kept its platform.
    const storedAt = (repository, host) => {
      if (isHidden) hidden.add(repository);
      return `${host}/${repository}`;
    };
    const images = architecture && { main: { architectures: [architecture], storedAt } };
    const release = await control.createRelease(slug, { ...facts, ...(images && { images }) });
    const [{ digest, repository }] = release.images;
    const { commit, isFinal, rawVersion } = release;
    const draftVersion = isFinal ? undefined : rawVersion;
    const known = { commit, semver: facts.semver, isFinal, draftVersion, digest };
    return withRelease(it, { ...known, hidden: isHidden ? repository : undefined });
  }

  async function appear(slug) {
    const isPublic = isEverPublic(slug) && random.chance(0.5);
    await write(slug, async () => {
      await control.createApplication({ slug, isPublic });
      return created(isPublic);
    });
    await write(slug, () => actions.release(slug, truth.now(slug)));
  }

  async function step() {
    const slug = random.pick(ALL);
    const it = truth.now(slug);
    if (!it.exists) return appear(slug);
    const isFull = it.releases.length >= MOST_RELEASES;
    const action = isFull ? 'remove' : random.weighed(WEIGHTS);
    return write(slug, () => actions[action](slug, it));
  }

  async function begin() {
    for (const slug of ALL) await appear(slug);
  }

  async function run(isOver) {
    const forgetting = setInterval(() => control.forgetLookups().catch(() => {}), FORGET_MS);
    try {
      while (!isOver()) {
        await step();
        await sleep(random.between(PAUSE_MS.least, PAUSE_MS.most));
      }
    } finally {
      clearInterval(forgetting);
    }
  }

  return { begin, run, settled };
}

/** A name to ask for, of an application as it is or as it may have been: `{ text, slug, selector }`. */
export function anyName(random, truth) {
  const slug = random.pick(SLUGS);
  const { releases } = truth.now(slug);
  const release = releases.length > 0 ? random.pick(releases) : undefined;
  const selectors = [
    ['', { kind: 'target' }],
    [`/${random.pick(['latest', 'current', 'default', 'pinned'])}`, { kind: 'target' }],
    ...['1.0.0', release?.semver ?? '1.1.0'].map((value) => [
      `/${value}`,
      { kind: 'version', value },
    ]),
    ...[release?.commit, release?.draftVersion]
      .filter((value) => value !== undefined)
      .map((value) => [`/${value}`, { kind: 'fixed', value }]),
  ];
  const [end, selector] = random.pick(selectors);
  return { text: `${slug}${end}`, slug, selector };
}
