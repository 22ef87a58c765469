import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../support/clients.mjs';
import { CONTAINERD_2, ctr } from './adapters/ctr.mjs';
import { contract } from './contract.mjs';
import { find, INDEX, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

const programs = Object.values(CONTAINERD_2);

await suite('containerd 2', { programs, root: true }, async (context) => {
  const { pull } = await ctr(CONTAINERD_2);
  contract({ ...context, pull, mute: true, wrong: /401 Unauthorized/ });

  const { upstream, redirects } = context;
  const { apiKey } = upstream.credentials.owner;

  describe('containerd 2 by a mirror, as a kubelet is configured', () => {
    const mirror = 'registry.example';
    /** The options that send every pull from the mirror's name to the Worker. */
    function hosts(url) {
      const dir = scratch('hosts');
      mkdirSync(join(dir, mirror));
      const host = `[host."${url}"]\n  capabilities = ["pull", "resolve"]\n`;
      writeFileSync(join(dir, mirror, 'hosts.toml'), `server = "${url}"\n\n${host}`);
      return ['--hosts-dir', dir];
    }
    const through = hosts(redirects);

    for (const [name, password] of [['acme/kiosk'], [INDEX], [SECRET, apiKey]]) {
      test(`pulls ${name}`, async () => {
        const digests = await pull(`${mirror}/${name}`, { password, more: through });
        assert.deepEqual(digests, [find(upstream.seed.releases, name).digest]);
      });
    }
  });
});
