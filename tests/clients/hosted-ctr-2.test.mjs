import { CONTAINERD_2, ctr } from './adapters/ctr.mjs';
import { pushContract } from './hosted-contract.mjs';

await pushContract('containerd 2', {
  programs: Object.values(CONTAINERD_2),
  root: true,
  mute: /401 Unauthorized|authorization failed/,
  start: () => ctr(CONTAINERD_2),
});
