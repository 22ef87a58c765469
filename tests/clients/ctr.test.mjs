import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ctr as makeCtr } from './adapters/ctr.mjs';
import { contract } from './contract.mjs';
import { find, INDEX } from './references.mjs';
import { suite } from './suite.mjs';

await suite('containerd', { programs: ['containerd', 'ctr'], root: true }, async (context) => {
  const { ctr, pull, pullOnly } = await makeCtr();
  const [denied, unknown] = [/403 Forbidden/, /not found/];
  contract({ ...context, pull, denied, unknown, wrong: /401 Unauthorized/ });

  const { upstream, redirects } = context;
  const { host } = new URL(redirects);

  describe('containerd', () => {
    test("fetches another platform's image of an index", async () => {
      await pullOnly(`${host}/${INDEX}`, { platform: 'linux/arm64' });
      const { stdout } = await ctr(['content', 'list', '--quiet']);
      const { platforms } = find(upstream.seed.releases, INDEX);
      const { digest, layers } = platforms.find(({ architecture }) => architecture === 'arm64');
      for (const part of [digest, layers[0].digest]) assert.ok(stdout.includes(part), part);
    });
  });
});
