// What is true of one application at one time, and how changes change it. Nothing here is written
// over: a change gives the next truth. Releases are in the order in which they became what they are.

export const ABSENT = { exists: false, isPublic: false, pinned: false, releases: [] };

export const created = (isPublic) => ({ ...ABSENT, exists: true, isPublic });

export const withPublic = (it, isPublic) => ({ ...it, isPublic });

export function withRelease(it, release) {
  const next = { ...it, releases: [...it.releases, release] };
  return release.isFinal ? tracking(next, release.commit) : next;
}

// It takes the newest revision of its version, whatever came before it was final.
export function withFinal(it, commit) {
  const draft = it.releases.find((release) => release.commit === commit);
  const releases = it.releases.filter((release) => release !== draft);
  const final = { ...draft, isFinal: true };
  return tracking({ ...it, releases: [...releases, final] }, commit);
}

/** From now on, the config of an image can be read. */
export const withConfig = (it, repository) => ({
  ...it,
  releases: it.releases.map((release) =>
    release.hidden === repository ? { ...release, hidden: undefined } : release,
  ),
});

export const withPin = (it, commit) => ({ ...it, pinned: true, target: commit });

const tracking = (it, commit) => (it.pinned ? it : { ...it, target: commit });

/**
 * The digest that a selector means, where there is one: `{ kind, value }`. An image whose config cannot
 * be read is in no index.
 */
export function digestOf(it, { kind, value }) {
  const release = it.releases.findLast(MATCHES[kind](it, value));
  return release?.hidden ? undefined : release?.digest;
}

const MATCHES = {
  target: (it) => (release) => release.commit === it.target,
  version: (_, value) => (release) => release.isFinal && release.semver === value,
  fixed: (_, value) => (release) =>
    release.commit === value || (!release.isFinal && release.draftVersion === value),
};
