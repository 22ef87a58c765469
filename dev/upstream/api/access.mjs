import { makeMemory } from './memory.mjs';
import { apiAs } from './model.mjs';

const TARGET_KEYWORDS = ['latest', 'current', 'default', 'pinned'];

// Which access a scope gives, by the API's own rules.
export function makeAccess() {
  const memory = makeMemory();

  async function grant(user, { name, actions }) {
    const type = 'repository';
    const pull = actions.filter((action) => action === 'pull');
    const [org, app, version, service] = name.split('/');
    if (org === 'v2' && version === undefined) {
      const readable = await memory(`${user?.id} ${name}`, () => mayRead(user, name));
      return { type, name, actions: readable ? pull : [] };
    }
    if (service !== undefined) return { type, name, actions: [] };

    const release = TARGET_KEYWORDS.includes(version) ? undefined : version;
    const slug = `${org}/${app}`;
    const key = `${user?.id} ${slug} ${release}`;
    const location = await memory(key, () => resolve(user, slug, release));
    if (location !== undefined) {
      const repository = location.split('/').slice(1).join('/');
      return { type, name: repository, actions: pull, alias: name };
    }
    // Names of two segments once meant app/commit. The API still lets everybody pull them.
    return { type, name, actions: release === undefined ? pull : [] };
  }

  return { grant, forget: memory.forget };
}

async function mayRead(user, name) {
  const filter = `endswith(is_stored_at__image_location,'/${name}')`;
  return (await firstImage(user, `$select=id&$filter=${filter}`)) !== undefined;
}

// The location of a release with one image. A release with several images has no name of this kind.
async function resolve(user, slug, release) {
  const wanted = release === undefined ? isTarget(slug) : isRelease(release);
  const filter =
    `release_image/any(ri:ri/is_part_of__release/any(r:r/release_image/$count eq 1 and ` +
    `r/status eq 'success' and r/belongs_to__application/any(a:a/slug eq '${slug}') and ` +
    `${wanted})) and status eq 'success'`;
  const order = 'release_image/is_part_of__release/revision desc,id asc';
  const query = `$select=is_stored_at__image_location&$filter=${filter}&$orderby=${order}`;
  return (await firstImage(user, query))?.is_stored_at__image_location;
}

async function firstImage(user, query) {
  const { d } = await apiAs(user).request({ method: 'GET', url: `image?$top=1&${query}` });
  return d[0];
}

const isTarget = (slug) => `r/should_be_running_on__application/any(t:t/slug eq '${slug}')`;

const isRelease = (value) =>
  `(r/commit eq '${value}' or (r/semver eq '${value}' and r/is_final eq true) or ` +
  `(r/raw_version eq '${value}' and r/is_final eq false))`;
