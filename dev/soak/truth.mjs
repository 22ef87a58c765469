import { ABSENT, digestOf } from './application.mjs';
import { BOUNDS, SLACK_MS, STALE_SECONDS, TOKEN_SECONDS } from './settings.mjs';

/** What a caller is told where there is nothing that the caller may see. */
export const NOTHING = 'nothing';

/** What was true of each application, and from when until when. */
export function makeTruth() {
  const histories = new Map();
  const owners = new Map();

  const historyOf = (slug) => histories.get(slug) ?? [{ it: ABSENT, from: 0, until: Infinity }];
  const now = (slug) => historyOf(slug).at(-1).it;

  /** A change that began at `from` and has ended: in between either may have been true. */
  function changed(slug, it, from) {
    const history = historyOf(slug);
    history.at(-1).until = Date.now();
    histories.set(slug, [...history, { it, from, until: Infinity }]);
    for (const { digest, commit } of it.releases) owners.set(digest, `${slug}/${commit}`);
  }

  const during = (slug, from, until) =>
    historyOf(slug).filter((period) => period.from <= until && period.until >= from);

  /** Since when a name's answers may be of use to a request that began at `from`. */
  const recent = ({ selector }, from) => from - BOUNDS[selector.kind] * 1000 - SLACK_MS;

  // Whether the caller could see the application, now or since a time.
  const couldSee = (slug, caller, since, until) =>
    during(slug, since, until).some(({ it }) => isVisible(it, slug, caller));

  // Since when a right may be left: a resolution shows that it is there, and where those fail the
  // upstream token, which others than its caller are given for a while, or while tokens fail.
  function rightsSince(bound, { from, failing }) {
    const seconds = failing.tokens ? STALE_SECONDS : TOKEN_SECONDS;
    return failing.resolutions ? Math.min(bound, from - seconds * 1000 - SLACK_MS) : bound;
  }

  /**
   * What `caller` may be told of `name` in an answer to a request under way from `from` until
   * `until`, as a set of digests and `NOTHING`. With resolutions `failing` an old release is in
   * order, but whoever gets it must have been allowed to see it as long as tokens tell.
   */
  function possible({ slug, selector }, caller, { from, until, failing }) {
    const bound = recent({ selector }, from);
    const since = failing.resolutions ? bound - STALE_SECONDS * 1000 : bound;
    const mayBeSeen = couldSee(slug, caller, rightsSince(bound, { from, failing }), until);
    const told = during(slug, since, until).map(({ it }) =>
      isVisible(it, slug, caller) ? (digestOf(it, selector) ?? NOTHING) : NOTHING,
    );
    return new Set(told.filter((one) => mayBeSeen || one === NOTHING));
  }

  /** Whether `caller` could see the application then, as `possible` has it; or could not. */
  function couldBeSeen({ slug, selector }, caller, { from, until, failing }) {
    const bound = recent({ selector }, from);
    return couldSee(slug, caller, rightsSince(bound, { from, failing }), until);
  }

  function couldBeMissing({ slug, selector }, caller, { from, until, failing }) {
    const bound = recent({ selector }, from);
    const since = failing.resolutions ? bound - STALE_SECONDS * 1000 : bound;
    return during(slug, since, until).some(({ it }) => !isVisible(it, slug, caller));
  }

  /** Whether a release was ever one that `caller` may see. */
  const everTold = (slug, caller, digest) =>
    historyOf(slug).some(
      ({ it }) =>
        isVisible(it, slug, caller) && it.releases.some((release) => release.digest === digest),
    );

  const ownerOf = (digest) => owners.get(digest) ?? 'nobody here';
  return { now, changed, possible, couldBeSeen, couldBeMissing, everTold, recent, ownerOf };
}

// The owner is a member of one organization.
const isVisible = (it, slug, { isOwner }) =>
  it.exists && (it.isPublic || (isOwner && slug.startsWith('acme/')));
