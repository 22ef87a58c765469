import { createHash } from 'node:crypto';

const DEVICE_TYPE = { slug: 'genericx86-64-ext', cpu: 'amd64' };
const IMAGE = { family: 'oci', architectures: ['amd64'], layers: [16 * 1024] };

// Makes applications and releases: images in the registry, and rows in the API. The seed uses it at
// the start, and tests while they run.
export function makeControl({ api, publish, registryHost }) {
  const counts = new Map();

  async function createApplication(application) {
    const { slug, isPublic = true, isBlock = false, tracksLatest = true } = application;
    const facts = { slug, isPublic, isBlock, tracksLatest, deviceType: DEVICE_TYPE };
    await api.call('createApplication', facts);
  }

  async function createRelease(slug, release) {
    const number = counts.get(slug) ?? 0;
    counts.set(slug, number + 1);
    const { semver, draft, status = 'success', commitLength = 32, images = { main: {} } } = release;
    const { commit = hex(`commit ${slug} ${number}`).slice(0, commitLength) } = release;
    const stored = [];
    for (const [service, { storedAt = onRegistry, ...image }] of Object.entries(images)) {
      const title = `${slug} ${semver} ${number} ${service}`;
      const repository = `v2/${hex(`location ${title}`).slice(0, 32)}`;
      const published = await publish(repository, { ...IMAGE, ...image, title });
      const location = storedAt(repository, registryHost);
      const isFaulty = storedAt !== onRegistry;
      stored.push({ service, repository, location, isFaulty, ...published });
    }
    const facts = { semver, draft, status, commit, images: stored };
    const { raw_version, is_final, ...made } = await api.call('createRelease', slug, facts);
    return { slug, ...made, rawVersion: raw_version, isFinal: is_final, images: stored };
  }

  const call =
    (name) =>
    (...args) =>
      api.call(name, ...args);
  return {
    createApplication,
    createRelease,
    createManyReleases: call('createManyReleases'),
    removeApplication: call('removeApplication'),
    finalise: call('finalise'),
    pin: call('pin'),
    invalidate: call('invalidate'),
    setPublic: call('setPublic'),
    setLocation: call('setLocation'),
    forgetLookups: call('forgetLookups'),
  };
}

const onRegistry = (path, host) => `${host}/${path}`;

const hex = (text) => createHash('sha256').update(text).digest('hex');
