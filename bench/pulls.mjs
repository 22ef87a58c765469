import { setTimeout as sleep } from 'node:timers/promises';
import { watch } from '../tests/support/watch.mjs';
import { startBhcr } from './bhcr.mjs';
import { startDockerd } from './dockerd.mjs';
import { within } from './lifetime.mjs';

// Requests that a Worker makes in the background, after its answer, count as well.
const BEHIND_MS = 300;

/**
 * Pulls an image of many layers, each time with an empty engine: `direct` from the registry, `cold`
 * through a new Worker, and `hot` through the same Worker again. Answers samples of each, as
 * `{ seconds, requests }`; `requests` counts those to API and registry, not those to storage.
 */
export async function runPulls(lifetime, { ground, programs, times, say }) {
  const samples = { direct: [], cold: [], hot: [] };
  const { image, upstream } = ground;
  const direct = `${new URL(upstream.registry.url).host}/${image.repository}:latest`;
  const once = async (kind, name) => {
    const pulled = await within(lifetime, (own) => pullOnce(own, { ground, programs, name }));
    samples[kind].push(pulled);
    return pulled.seconds.toFixed(2);
  };
  const proxied = () =>
    within(lifetime, async (own) => {
      const [registry, api] = [upstream.registry.url, upstream.api.url];
      const { url } = await startBhcr(own, { registry, api });
      const name = `${new URL(url).host}/${image.slug}`;
      return `cold ${await once('cold', name)} s, hot ${await once('hot', name)} s`;
    });

  for (let time = 1; time <= times; time += 1) {
    const straight = async () => `direct ${await once('direct', direct)} s`;
    const order = time % 2 === 0 ? [proxied, straight] : [straight, proxied];
    const told = [];
    for (const part of order) told.push(await part());
    say(`docker pull ${time} of ${times}: ${told.join(', ')}`);
  }
  return samples;
}

async function pullOnce(lifetime, { ground, programs, name }) {
  const { upstream, image } = ground;
  const { pull } = await startDockerd(lifetime, programs);
  const seen = watch(upstream);
  const { said, seconds } = await pull(name);
  if (!said.includes(image.digest)) throw new Error(`docker pulled something else:\n${said}`);
  await sleep(BEHIND_MS);
  return { seconds, requests: seen.api().length + seen.registry().length };
}
