import { ctr } from './adapters/ctr.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('ctr', {
  programs: ['containerd', 'ctr'],
  root: true,
  mute: /401 Unauthorized|authorization failed/,
  denied: /403 Forbidden/,
  start: ctr,
});
