import { DOCKER_29, docker } from './adapters/docker.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('docker 29', {
  programs: [DOCKER_29.daemon, DOCKER_29.client, DOCKER_29.containerd],
  root: true,
  start: () => docker(DOCKER_29),
});
