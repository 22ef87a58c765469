import { token as askToken, bearer, pull } from '../tests/support/http.mjs';
import { NO_STORES, startBhcr } from './bhcr.mjs';
import { startOpening, startScript } from './scripts.mjs';
import { json, startWorker, text, workerFile } from './workerd.mjs';

const NAME = 'acme/bench/1.0.0';
const SESSION_MS = 4 * 60 * 60 * 1000;

/**
 * Starts the sides to measure. Each has `id`, `title`, `url`, the `paths` to ask for in turn,
 * `headers`, `pid`, and the expected `digest`. `upstream` and `cached` say how many requests to the
 * registry, and how many hits in the Cache, each request to this side must cause. `isJudged` is for
 * Workers whose ratio has an aim.
 */
export async function startSides(lifetime, ground, peers) {
  const { token, location, image, manifests, distribution } = ground;
  const [first, ...many] = manifests.map(({ digest }) => `/v2/${NAME}/manifests/${digest}`);
  const tag = `/v2/${NAME}/manifests/latest`;
  const common = { digest: image.digest, paths: [tag], upstream: 1 };
  const ask = (value) => ({ ...bearer(value), accept: image.mediaType });

  const warm = await bhcr(lifetime, ground);
  const hosting = await bhcr(lifetime, ground, { stores: NO_STORES });
  const cached = await bhcr(lifetime, ground);
  // Its tag has to keep its meaning for longer than the benchmark takes.
  const passing = await bhcr(lifetime, ground, { TAG_SECONDS: '0', VERSION_SECONDS: '3600' });
  const grants = { [NAME]: location };
  const { url: registry } = ground.static;
  const session = { registry, grants, token, expires: Date.now() + SESSION_MS };
  const opening = async (name) => {
    const worker = await startOpening(lifetime, name, session);
    return { ...worker, headers: ask(worker.token) };
  };
  // Sides that ignore the token get one as well, so that all read headers of the same length.
  const headers = ask(warm.token);

  return [
    {
      ...{ id: 'empty_js', title: 'empty Worker, JavaScript', headers, paths: [tag], upstream: 0 },
      ...(await startWorker(lifetime, 'empty', { modules: [['main', workerFile('empty.js')]] })),
    },
    {
      ...{ id: 'js_edge', title: 'JavaScript with the same duties, from memory' },
      ...{ digest: image.digest, paths: [first], upstream: 0, isJudged: true },
      ...(await opening('duties')),
    },
    {
      ...{ id: 'bhcr_warm', title: 'bhcr, all levels warm', headers: ask(warm.token) },
      ...{ ...warm, digest: image.digest, paths: [first], upstream: 0, cached: 0, isJudged: true },
    },
    {
      ...{ id: 'bhcr_hosting', title: 'bhcr, all levels warm, hosting on' },
      ...{ ...hosting, headers: ask(hosting.token), digest: image.digest, paths: [first] },
      ...{ upstream: 0, cached: 0, isJudged: true },
    },
    {
      ...{ id: 'bhcr_cache', title: 'bhcr, memory cold, Cache warm', headers: ask(cached.token) },
      ...{ ...cached, digest: manifests[1].digest, paths: many, upstream: 0, cached: 1 },
    },
    {
      ...{ ...common, id: 'js_duties', title: 'JavaScript with the same duties, passing through' },
      ...{ isJudged: true, ...(await opening('duties')) },
    },
    {
      ...{ id: 'bhcr_pass', title: 'bhcr, passing through' },
      ...{ ...common, ...passing, headers: ask(passing.token), isJudged: true },
    },
    {
      ...{ ...common, id: 'js_pass', title: 'pass-through, JavaScript', headers },
      ...(await startScript(lifetime, 'pass', {
        registry,
        bindings: [json('LOCATIONS', grants), text('TOKEN', token)],
      })),
    },
    {
      ...{ ...common, id: 'js_open', title: 'pass-through, JavaScript, opening tokens' },
      ...(await opening('opening')),
    },
    {
      ...{ ...distribution, id: 'distribution', title: 'distribution itself', headers: ask(token) },
      ...{ digest: image.digest, paths: [`/${location}/manifests/${image.digest}`] },
    },
    ...peers,
  ];
}

async function bhcr(lifetime, ground, settings = {}) {
  const { url: registry, api } = ground.static;
  const worker = await startBhcr(lifetime, { registry, api: api.url, ...settings });
  return { ...worker, token: await askToken(worker.url, [pull(NAME)]) };
}
