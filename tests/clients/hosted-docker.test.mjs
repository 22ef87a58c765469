import { docker } from './adapters/docker.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('docker', { programs: ['dockerd', 'docker'], root: true, start: docker });
