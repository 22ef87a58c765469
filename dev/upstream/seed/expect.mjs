const TARGET = ['', '/latest', '/current', '/default', '/pinned'];

// Makes one entry for each image of each release, with every release reference that must lead to it.
// It works from the seed's facts and not from the API, so tests can check what the API resolves.
export function expectations({ slug, isPublic = true, pinned }, releases) {
  const good = releases.filter(({ status }) => status === 'success');
  const finals = good.filter(({ isFinal }) => isFinal);
  const target = pinned === undefined ? finals.at(-1) : releases[pinned];
  return releases.flatMap((release) => {
    const { images, ...facts } = release;
    const names = good.includes(release) ? namesOf(release, finals, target) : [];
    return images.map((image) => ({
      isPublic,
      ...facts,
      isTarget: release === target,
      ...image,
      references: names.flatMap((name) => withService(slug, name, image, release)),
    }));
  });
}

function namesOf(release, finals, target) {
  const { semver, rawVersion, revision, commit, isFinal } = release;
  const newest = finals.findLast((other) => other.semver === semver) === release;
  return [
    ...(release === target ? TARGET : []),
    ...(newest ? [`/${semver}`, `/v${semver}`] : []),
    ...(isFinal ? [`/${semver}-rev${revision}`, ...linesOf(release, finals)] : [`/${rawVersion}`]),
    `/${commit}`,
    `/${commit.slice(0, 7)}`,
    `/${commit.slice(0, -1)}`,
  ];
}

// The lines of which the release is the highest. The seed's finals are in the order of versions.
function linesOf(release, finals) {
  const [major, minor] = release.semver.split('.');
  return [major, `${major}.${minor}`]
    .filter((line) => finals.findLast(({ semver }) => semver.startsWith(`${line}.`)) === release)
    .flatMap((line) => [`/${line}`, `/v${line}`]);
}

// A release with one image needs no service in its reference; a release with several always does.
function withService(slug, name, { service }, { images }) {
  const four = `${slug}${name === '' ? '/latest' : name}/${service}`;
  if (images.length > 1) return name === '' ? [] : [four];
  return name === '' ? [slug] : [`${slug}${name}`, four];
}
