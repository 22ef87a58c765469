import { ctr } from './adapters/ctr.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('ctr', { programs: ['containerd', 'ctr'], root: true, start: ctr });
