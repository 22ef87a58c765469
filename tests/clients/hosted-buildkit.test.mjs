import { buildkit } from './adapters/buildkit.mjs';
import { pushContract } from './hosted-contract.mjs';

const programs = ['buildkitd', 'buildctl'];

await pushContract('BuildKit', { programs, root: true, start: buildkit });
