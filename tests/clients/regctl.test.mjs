import { regctl } from './adapters/regctl.mjs';
import { contract } from './contract.mjs';
import { suite } from './suite.mjs';

await suite('regctl', {}, (context) => {
  const { pull } = regctl();
  contract({ ...context, pull, wrong: /unauthorized/ });
});
