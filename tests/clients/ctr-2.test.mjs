import { CONTAINERD_2, ctr } from './adapters/ctr.mjs';
import { contract } from './contract.mjs';
import { suite } from './suite.mjs';

const programs = Object.values(CONTAINERD_2);

await suite('containerd 2', { programs, root: true }, async (context) => {
  const { pull } = await ctr(CONTAINERD_2);
  contract({ ...context, pull, mute: true, wrong: /401 Unauthorized/ });
});
