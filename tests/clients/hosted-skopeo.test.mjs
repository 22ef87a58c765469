import { skopeo } from './adapters/skopeo.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('skopeo', { start: skopeo });
