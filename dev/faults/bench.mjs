import { startCacheTwin } from './cache.mjs';
import { startKvTwin } from './kv.mjs';
import { startFaultyProxy } from './proxy.mjs';

/**
 * A local upstream behind proxies that can fail, and twins of KV and of the Cache API that can:
 * `{ api, registry, kv, cache, settings, heal(), stop() }`, where `settings` put a Worker before
 * the proxies. `well` is how each proxy passes what it passes, by its name.
 */
export async function startBench(upstream, { well = {} } = {}) {
  const [api, registry, kv, cache] = await Promise.all([
    startFaultyProxy(upstream.api.url, { well: well.api }),
    startFaultyProxy(upstream.registry.url, { well: well.registry }),
    startKvTwin(),
    startCacheTwin(),
  ]);
  const parts = { api, registry, kv, cache };
  const settings = {
    API_URL: api.url,
    REGISTRY_URL: registry.url,
    // Locations and tokens name the registry itself.
    REGISTRY2_HOST: new URL(upstream.registry.url).host,
  };
  const all = (what) => Promise.all(Object.values(parts).map((part) => part[what]()));
  return { ...parts, settings, heal: () => all('heal'), stop: () => all('stop') };
}
