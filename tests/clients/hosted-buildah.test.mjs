import { buildah } from './adapters/buildah.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('buildah', { start: buildah });
