import { setTimeout as sleep } from 'node:timers/promises';
import { startUpstream } from '../../dev/upstream/index.mjs';
import { watch } from '../../tests/support/watch.mjs';
import { startRelay } from './relay.mjs';

const SLUG = 'balenablocks/first';
const LAYERS = Array(20).fill(64 * 1024);
// A side must notice that its connections are gone before it is asked again.
const NOTICED_MS = 200;

/**
 * Starts the local upstream `ms` milliseconds of round trip away: its API and registry are reached on
 * `ports`. `release()` makes one that nobody has asked for, stored where nothing else is. `drop()`
 * closes all connections to it. `watch()` counts the requests since then.
 */
export async function startFarUpstream(lifetime, { ports, ms, dir }) {
  const addresses = Object.entries(ports).map(([name, port]) => [name, `127.0.0.1:${port}`]);
  const seenAt = Object.fromEntries(addresses);
  const upstream = await startUpstream({ dir, seenAt });
  lifetime.add(upstream.stop);
  const relay = (name) =>
    startRelay(lifetime, { port: ports[name], target: upstream[name].url, ms });
  const relays = [await relay('registry'), await relay('api')];
  await upstream.control.createApplication({ slug: SLUG });
  let made = 0;

  async function release() {
    const facts = { semver: `1.0.${made}`, images: { main: { layers: LAYERS } } };
    made += 1;
    const { semver, images } = await upstream.control.createRelease(SLUG, facts);
    return { name: `${SLUG}/${semver}`, repository: images[0].repository };
  }

  async function drop() {
    await Promise.all(relays.map((one) => one.drop()));
    await sleep(NOTICED_MS);
  }

  function watched() {
    const { api, registry } = watch(upstream);
    return () => api().length + registry().length;
  }

  return {
    ...{ api: `http://${seenAt.api}`, registry: `http://${seenAt.registry}` },
    ...{ release, drop, watch: watched },
  };
}
