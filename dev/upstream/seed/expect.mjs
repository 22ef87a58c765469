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
  const newest = finals.findLast(({ semver }) => semver === release.semver) === release;
  return [
    ...(release === target ? TARGET : []),
    ...(newest ? [`/${release.semver}`] : []),
    ...(release.isFinal ? [] : [`/${release.rawVersion}`]),
    `/${release.commit}`,
  ];
}

// A release with one image needs no service in its reference; a release with several always does.
function withService(slug, name, { service }, { images }) {
  const four = `${slug}${name === '' ? '/latest' : name}/${service}`;
  if (images.length > 1) return name === '' ? [] : [four];
  return name === '' ? [slug] : [`${slug}${name}`, four];
}
