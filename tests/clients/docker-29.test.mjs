import { DOCKER_29, docker } from './adapters/docker.mjs';
import { contract } from './contract.mjs';
import { suite } from './suite.mjs';

const programs = [DOCKER_29.daemon, DOCKER_29.client, DOCKER_29.containerd];

await suite('docker 29', { programs, root: true }, async (context) => {
  const { pull } = await docker(DOCKER_29);
  contract({ ...context, pull, unknown: /not found/ });
});
