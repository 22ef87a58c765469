import { oras } from './adapters/oras.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('oras', { start: oras });
