import { join } from 'node:path';
import { local } from '../dev/setup/paths.mjs';
import { startUpstream } from '../dev/upstream/index.mjs';
import { loadSigner } from '../dev/upstream/keys.mjs';
import { makeRegistryToken } from '../dev/upstream/registry-token.mjs';
import { bearer, send } from '../tests/support/http.mjs';
import { startApi } from './api.mjs';
import { startDistribution } from './distribution.mjs';
import { manyLike } from './manifests.mjs';
import { startStatic } from './nginx.mjs';

/** The image that docker pulls, and whose manifest every side is asked for. */
const SLUG = 'balenablocks/layers';

/**
 * Starts what all sides have behind them: the local upstream; distribution alone, with the same
 * images; and a registry of static manifests of the same shape, with an API of its own, on `ports`.
 */
export async function layGround(lifetime, programs, ports) {
  const dir = join(local, 'bench-upstream');
  const upstream = await startUpstream({ dir });
  lifetime.add(upstream.stop);
  const image = upstream.seed.releases.find(({ slug }) => slug === SLUG);
  const signer = loadSigner(join(dir, 'keys'));
  const hostOf = ({ url }) => new URL(url).host;
  const issued = { signer, issuer: hostOf(upstream.api), audience: hostOf(upstream.registry) };
  const access = [{ type: 'repository', name: image.repository, actions: ['pull'] }];
  const { certificateFile: certificate } = signer;
  const token = await makeRegistryToken(issued, access);
  const distribution = await startDistribution(lifetime, {
    program: programs['docker-registry'],
    root: join(dir, 'registry'),
    issued,
    certificate,
  });
  const location = `v2/${image.repository}`;
  const manifest = await fetchManifest(distribution.url, `/${location}`, image, token);
  const manifests = [{ digest: image.digest, bytes: manifest }, ...manyLike(manifest)];
  const fixed = await startStatic(lifetime, {
    ...{ nginx: programs.nginx, port: ports.registry, location, manifests },
    mediaType: image.mediaType,
  });
  const stored = `${hostOf(fixed)}/${image.repository}`;
  const api = await startApi(lifetime, { port: ports.api, location: stored, token });
  return {
    ...{ upstream, image, issued, certificate, token, location, manifests, distribution },
    static: { ...fixed, api },
  };
}

async function fetchManifest(url, path, { digest, mediaType }, token) {
  const headers = { ...bearer(token), accept: mediaType };
  const { status, body, text } = await send(url, `${path}/manifests/${digest}`, { headers });
  if (status !== 200) throw new Error(`distribution does not serve ${path}: ${status} ${text}`);
  return body;
}
