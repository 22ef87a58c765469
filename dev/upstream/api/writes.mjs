import { sbvrUtils } from '@balena/pinejs';
import { apiAsRoot } from './model.mjs';

// Changes of the model, for the seed and for tests. Of the real API's rules for them, this file has
// those that a pull can notice: revisions, raw versions, and which release is the target.
export function makeWrites() {
  return {
    createApplication,
    removeApplication,
    createRelease,
    createManyReleases,
    finalise,
    pin,
    invalidate,
    setPublic,
    setLocation,
  };
}

async function createApplication({ slug, isPublic, isBlock, tracksLatest, deviceType }) {
  const [org, name] = slug.split('/');
  await create('application', {
    slug,
    app_name: name,
    organization: await findOrCreate('organization', { handle: org }),
    is_for__device_type: await findOrCreate('device_type', {
      slug: deviceType.slug,
      is_of__cpu_architecture: await findOrCreate('cpu_architecture', { slug: deviceType.cpu }),
    }),
    is_of__class: isBlock ? 'block' : 'fleet',
    is_public: isPublic,
    should_track_latest_release: tracksLatest,
  });
}

// Removes an application with its releases. Each step removes rows of all releases at once:
// otherwise an older release would show for a moment, while newer ones are already gone.
async function removeApplication(slug) {
  const { id } = await applicationOf(slug);
  const releases = await idsOf('release', { belongs_to__application: id });
  const services = await idsOf('service', { application: id });
  await change('application', id, { should_be_running__release: null });
  await removeAll('image__is_part_of__release', { is_part_of__release: { $in: releases } });
  await removeAll('image', { is_a_build_of__service: { $in: services } });
  await removeAll('service', { application: id });
  await removeAll('release', { belongs_to__application: id });
  await removeAll('application', { id });
}

// Creates a release. With `draft`, its build stamp in milliseconds, it is a draft, and otherwise
// final. `images` are `{service, location, digest, size}`.
async function createRelease(slug, { semver, commit, status, draft, images }) {
  const application = await applicationOf(slug);
  const revision = draft === undefined ? await nextRevision(application.id, semver) : null;
  const raw_version = rawVersion(semver, draft, revision);
  const facts = { commit, semver, raw_version, revision, status, is_final: draft === undefined };
  const parts = { ...semverParts(semver), variant: '' };
  // It is not a success yet: otherwise clients could see it before its images are there.
  const begun = {
    ...facts,
    ...parts,
    status: 'running',
    belongs_to__application: application.id,
  };
  const release = await create('release', begun);
  for (const image of images) await addImage(application.id, release, image);
  await change('release', release, { status });
  if (facts.is_final && status === 'success') await track(application, release);
  return facts;
}

// Copies a release as versions 1.0.0 to 1.0.<count - 1>, whose commits begin alike. By SQL, because
// OData makes one row at a time. Only the highest one gets the images: if thousands had them, the
// token endpoint's queries would take seconds.
async function createManyReleases(slug, commit, count) {
  const { id } = await find('release', {
    belongs_to__application: (await applicationOf(slug)).id,
    commit,
  });
  await sbvrUtils.db.transaction(async (tx) => {
    await tx.executeSql(COPY_RELEASES, [id, count]);
    await tx.executeSql(COPY_LINKS, [id, count]);
  });
}

const COPY_RELEASES = `
  INSERT INTO "release" ("belongs to-application", "commit", "semver", "semver major",
    "semver minor", "semver patch", "semver prerelease", "semver build", "variant",
    "raw version", "revision", "status", "is final")
  SELECT "belongs to-application", 'abcdef0' || substr(md5(n::text), 8), '1.0.' || n, 1, 0, n, '', '',
    '', '1.0.' || n, 0, 'success', "is final"
  FROM "release", generate_series(0, $2::int - 1) AS n WHERE "id" = $1`;
const COPY_LINKS = `
  INSERT INTO "image-is part of-release" ("image", "is part of-release")
  SELECT link."image", made."id" FROM "image-is part of-release" AS link, "release" AS made
  WHERE link."is part of-release" = $1 AND made."commit" LIKE 'abcdef0%'
    AND made."semver patch" = $2::int - 1`;

// Makes a draft a final release, which takes the next revision of its version.
async function finalise(slug, commit) {
  const application = await applicationOf(slug);
  const { id, semver } = await find('release', { belongs_to__application: application.id, commit });
  const revision = await nextRevision(application.id, semver);
  const raw_version = rawVersion(semver, undefined, revision);
  await change('release', id, { is_final: true, revision, raw_version });
  await track(application, id);
}

async function track({ id, should_track_latest_release }, release) {
  if (!should_track_latest_release) return;
  await change('application', id, { should_be_running__release: release });
}

// Pins an application to a release, by commit.
async function pin(slug, commit) {
  const { id } = await applicationOf(slug);
  const release = await find('release', { belongs_to__application: id, commit });
  const target = { should_be_running__release: release.id, should_track_latest_release: false };
  await change('application', id, target);
}

// Invalidates a release, by commit. It is still there, and still pulled.
async function invalidate(slug, commit) {
  const { id } = await applicationOf(slug);
  const release = await find('release', { belongs_to__application: id, commit });
  await change('release', release.id, { is_invalidated: true });
}

async function setPublic(slug, isPublic) {
  await change('application', (await applicationOf(slug)).id, { is_public: isPublic });
}

async function setLocation(from, to) {
  const { id } = await find('image', { is_stored_at__image_location: from });
  await change('image', id, { is_stored_at__image_location: to });
}

// A failed release takes a revision, too.
async function nextRevision(application, semver) {
  const $filter = { belongs_to__application: application, semver, is_final: true };
  return (await apiAsRoot().get({ resource: 'release', options: { $filter } })).length;
}

// The real API computes the version from its parts.
function semverParts(semver) {
  const [, major, minor, patch, prerelease = ''] = /^(\d+)\.(\d+)\.(\d+)(?:-(.+))?$/.exec(semver);
  return {
    semver_major: Number(major),
    semver_minor: Number(minor),
    semver_patch: Number(patch),
    semver_prerelease: prerelease,
    semver_build: '',
  };
}

function rawVersion(semver, draft, revision) {
  if (draft !== undefined) return `${semver}${semver.includes('-') ? '.' : '-'}${draft}`;
  return revision > 0 ? `${semver}+rev${revision}` : semver;
}

async function addImage(application, release, { service, location, digest, size }) {
  const image = await create('image', {
    is_a_build_of__service: await findOrCreate('service', { application, service_name: service }),
    is_stored_at__image_location: location,
    content_hash: digest,
    image_size: size,
    status: 'success',
  });
  await create('release_image', { image, is_part_of__release: release });
}

const applicationOf = (slug) => find('application', { slug });

async function find(resource, $filter) {
  const [found] = await apiAsRoot().get({ resource, options: { $filter } });
  if (found === undefined) throw new Error(`no ${resource} with ${JSON.stringify($filter)}`);
  return found;
}

async function findOrCreate(resource, facts) {
  const [found] = await apiAsRoot().get({ resource, options: { $filter: facts } });
  return found?.id ?? create(resource, facts);
}

async function create(resource, body) {
  const options = { returnResource: false };
  return (await apiAsRoot().post({ resource, body, options })).id;
}

async function idsOf(resource, $filter) {
  const options = { $filter, $select: 'id' };
  return (await apiAsRoot().get({ resource, options })).map(({ id }) => id);
}

// OData does not allow a filter with an empty list of ids.
async function removeAll(resource, $filter) {
  if (Object.values($filter).some((value) => value.$in?.length === 0)) return;
  await apiAsRoot().delete({ resource, options: { $filter } });
}

const change = (resource, id, body) => apiAsRoot().patch({ resource, id, body });
