import { crane } from './adapters/crane.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('crane', { start: crane });
