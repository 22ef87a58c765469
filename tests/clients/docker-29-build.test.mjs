import { DOCKER_29, docker } from './adapters/docker.mjs';
import { builds } from './docker-builds.mjs';
import { suite } from './suite.mjs';

// docker 29's own client builds only with buildx, a plugin. Debian's speaks to the engine's BuildKit.
const engine = { ...DOCKER_29, client: 'docker' };
const programs = [engine.daemon, engine.client, engine.containerd];

await suite('docker 29 build', { programs, root: true }, async ({ upstream, redirects }) => {
  const { fresh } = await docker(engine);
  const { apiKey } = upstream.credentials.owner;
  const more = { DOCKER_BUILDKIT: '1' };
  builds('docker build on docker 29', { fresh, url: redirects, apiKey, more });
});
