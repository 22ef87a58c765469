import { bearer, pull, send, token } from '../tests/support/http.mjs';
import { watch } from '../tests/support/watch.mjs';
import { startBhcr } from './bhcr.mjs';
import { within } from './lifetime.mjs';

const SLUG = 'balenablocks/browser';
/** A release of siblings, of which two are public. */
const SIBLINGS = 'acme/sensor/1.1.0';
/** The ways to name a release, by a release of the local upstream's seed, and what is not there. */
const FORMS = {
  'the current release': '',
  'a version': '/2.3.8',
  'an exact revision': '/2.3.8-rev1',
  'a line': '/2.3',
  'a short commit': ({ commit }) => `/${commit.slice(0, 7)}`,
  'a full commit': ({ commit }) => `/${commit}`,
  'a version that is not there': '/9.9.9',
};

/**
 * Asks a new Worker for a manifest by each form of name, twice, and for the list of releases and the
 * catalog. Answers the requests to API and registry, as `{ cold, hot }`.
 */
export async function countForms(lifetime, { upstream, say }) {
  const release = upstream.seed.releases.find(({ slug }) => slug === SLUG);
  const asks = Object.entries(FORMS).map(([title, end]) => {
    const name = `${SLUG}${typeof end === 'function' ? end(release) : end}`;
    return [title, `/v2/${name}/manifests/latest`, name];
  });
  asks.push(
    ['one name for two architectures', `/v2/${SIBLINGS}/manifests/latest`, SIBLINGS],
    ['the list of releases', `/v2/${SLUG}/tags/list`, SLUG],
    ['the catalog', '/v2/_catalog'],
  );
  const counted = {};
  for (const [title, path, name] of asks) {
    counted[title] = await within(lifetime, (own) => twice(own, { upstream, path, name }));
  }
  say(`counted the requests upstream of ${asks.length} forms`);
  return counted;
}

async function twice(lifetime, { upstream, path, name }) {
  const [registry, api] = [upstream.registry.url, upstream.api.url];
  const { url } = await startBhcr(lifetime, { registry, api });
  const once = async () => {
    const seen = watch(upstream);
    const held = await token(url, name ? [pull(name)] : []);
    await send(url, path, { headers: bearer(held) });
    return seen.api().length + seen.registry().length;
  };
  return { cold: await once(), hot: await once() };
}
