import { podman } from './adapters/podman.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('podman', { start: podman });
