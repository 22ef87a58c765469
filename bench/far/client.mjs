import { Agent } from 'node:http';
import { FAMILIES } from '../../dev/upstream/images/families.mjs';
import { bearer, send } from '../../tests/support/http.mjs';
import { challenge } from '../../tests/support/oci.mjs';
import { inLanes } from '../in-lanes.mjs';

// As many as docker downloads at once.
const AT_ONCE = 3;
const ACCEPT = Object.values(FAMILIES)
  .flatMap(({ manifest, index }) => [manifest, index])
  .join(', ');

/** Makes a client without any connection. It keeps those that it opens, until `close()`. */
export function makeClient() {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  return { pull: (url, name) => pull(agent, url, name), close: () => agent.destroy() };
}

/**
 * Pulls an image as docker does: a ping, a token, the manifest, and all blobs as far as where they
 * are. Answers after how many milliseconds there was the manifest, and the last of the redirects.
 */
async function pull(agent, url, name) {
  const began = performance.now();
  const since = () => performance.now() - began;
  const headers = { accept: ACCEPT, ...(await authorize(agent, url, name)) };
  const ask = (path) => ({ path: `/v2/${name}/${path}`, headers });
  const manifest = await expect(agent, url, ask('manifests/latest'), [200]);
  const manifest_ms = since();
  const { config, layers } = manifest.json;
  await inLanes(AT_ONCE, [config, ...layers], ({ digest }) =>
    expect(agent, url, ask(`blobs/${digest}`), [200, 307]),
  );
  return { manifest_ms, redirects_ms: since() };
}

async function authorize(agent, url, name) {
  const ping = await expect(agent, url, { path: '/v2/' }, [200, 401]);
  if (ping.status === 200) return {};
  const { realm, service } = challenge(ping);
  const { origin, pathname } = new URL(realm);
  const query = new URLSearchParams({ service, scope: `repository:${name}:pull` });
  const reply = await expect(agent, origin, { path: `${pathname}?${query}` }, [200]);
  return bearer(reply.json.token);
}

async function expect(agent, url, { path, headers }, statuses) {
  const reply = await send(url, path, { headers, agent });
  if (!statuses.includes(reply.status)) throw new Error(reply.about);
  return reply;
}
