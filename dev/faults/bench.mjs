import { startCacheTwin } from './cache.mjs';
import { startKvTwin } from './kv.mjs';
import { startFaultyProxy } from './proxy.mjs';

/**
 * Puts proxies that can fail in front of a local upstream, and starts twins of KV and of the Cache
 * API that can fail. Answers `{ api, registry, kv, cache, settings, heal(), stop() }`; a Worker with
 * these `settings` uses the proxies. `well` has the listeners with which the proxies `api` and
 * `registry` pass requests on while they do not fail. `registryUrl` is where the proxy `registry` passes requests
 * to, also while it fails: the upstream's own registry, or what stands before it.
 */
export async function startBench(upstream, options = {}) {
  const { well = {}, registryUrl = upstream.registry.url } = options;
  const [api, registry, kv, cache] = await Promise.all([
    startFaultyProxy(upstream.api.url, { well: well.api }),
    startFaultyProxy(registryUrl, { well: well.registry }),
    startKvTwin(),
    startCacheTwin(),
  ]);
  const parts = { api, registry, kv, cache };
  const settings = {
    API_URL: api.url,
    REGISTRY_URL: registry.url,
    // Locations and tokens have the host of the registry itself, not of its proxy.
    REGISTRY2_HOST: new URL(upstream.registry.url).host,
  };
  const all = (what) => Promise.all(Object.values(parts).map((part) => part[what]()));
  return { ...parts, settings, heal: () => all('heal'), stop: () => all('stop') };
}
