import { token as askToken, bearer, pull } from '../tests/support/http.mjs';
import { NO_STORES, startBhcr } from './bhcr.mjs';
import { seal } from './seal.mjs';
import { data, json, startWorker, text, workerFile } from './workerd.mjs';

const NAME = 'acme/bench/1.0.0';
const SESSION_MS = 4 * 60 * 60 * 1000;
const REWRITE = ['rewrite.js', workerFile('rewrite.js')];

/**
 * Starts the sides to measure. Each has `id`, `title`, `url`, the `paths` to ask for in turn,
 * `headers`, `pid`, and the expected `digest`. `upstream` and `cached` say how many requests to the
 * registry, and how many hits in the Cache, each request to this side must cause.
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
  // Sides that ignore the token get one as well, so that all read headers of the same length.
  const headers = ask(warm.token);
  const script = (name, more) => startScript(lifetime, ground, name, more);
  const grants = { [NAME]: location };
  const session = await seal({ expires: Date.now() + SESSION_MS, grants, token });
  const opening = await script('opening', [data('KEY', session.key)]);

  return [
    {
      ...{ id: 'empty_js', title: 'empty Worker, JavaScript', headers, paths: [tag], upstream: 0 },
      ...(await startWorker(lifetime, 'empty', { modules: [['main', workerFile('empty.js')]] })),
    },
    {
      ...{ id: 'js_edge', title: 'a manifest from memory, JavaScript', headers: ask(warm.token) },
      ...{ digest: image.digest, paths: [first], upstream: 0 },
      ...(await startWorker(lifetime, 'memory', {
        modules: [['main', workerFile('memory.js')]],
        bindings: [
          text('BODY', manifests[0].bytes.toString()),
          text('TYPE', image.mediaType),
          text('DIGEST', image.digest),
        ],
      })),
    },
    {
      ...{ id: 'bhcr_warm', title: 'bhcr, all levels warm', headers: ask(warm.token) },
      ...{ ...warm, digest: image.digest, paths: [first], upstream: 0, cached: 0 },
    },
    {
      ...{ id: 'bhcr_hosting', title: 'bhcr, all levels warm, hosting on' },
      ...{ ...hosting, headers: ask(hosting.token), digest: image.digest, paths: [first] },
      ...{ upstream: 0, cached: 0 },
    },
    {
      ...{ id: 'bhcr_cache', title: 'bhcr, memory cold, Cache warm', headers: ask(cached.token) },
      ...{ ...cached, digest: manifests[1].digest, paths: many, upstream: 0, cached: 1 },
    },
    {
      ...{ id: 'bhcr_pass', title: 'bhcr, passing through' },
      ...{ ...common, ...passing, headers: ask(passing.token) },
    },
    {
      ...{ ...common, id: 'js_pass', title: 'pass-through, JavaScript', headers },
      ...(await script('pass', [json('LOCATIONS', grants), text('TOKEN', token)])),
    },
    {
      ...{ ...common, id: 'js_open', title: 'pass-through, JavaScript, opening tokens' },
      ...{ ...opening, headers: ask(session.sealed) },
    },
    {
      ...{ ...common, id: 'js_duties', title: 'pass-through, JavaScript, other duties', headers },
      ...(await script('duties', [json('LOCATIONS', grants), text('TOKEN', token)])),
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

function startScript(lifetime, { static: { url } }, name, bindings) {
  const modules = [[name, workerFile(`${name}.js`)], REWRITE];
  return startWorker(lifetime, name, { modules, bindings: [text('REGISTRY', url), ...bindings] });
}
