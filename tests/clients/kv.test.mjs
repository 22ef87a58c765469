import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scratch } from '../support/clients.mjs';
import { basic, pull, token } from '../support/http.mjs';
import { redirecting } from '../support/upstream.mjs';
import { watch } from '../support/watch.mjs';
import { startWrangler } from '../support/wrangler.mjs';
import { SECRET } from './references.mjs';
import { suite } from './suite.mjs';

await suite('KV', { programs: [] }, ({ upstream }) => {
  const headers = basic(upstream.credentials.owner.apiKey);
  const asked = { 'a public release': ['acme/kiosk'], 'a private release': [SECRET, { headers }] };
  const resolving = (seen) => seen.api().filter(({ url }) => url.startsWith('/v7/'));

  describe("wrangler dev's own KV", () => {
    const kept = scratch('kv');

    async function ask() {
      const worker = await startWrangler(redirecting(upstream), { kept });
      const seen = watch(upstream);
      try {
        for (const [name, options] of Object.values(asked)) {
          await token(worker.url, [pull(name)], options);
        }
        return resolving(seen).length;
      } finally {
        await worker.stop();
      }
    }

    test('keeps resolutions while the Worker is restarted', async () => {
      assert.equal(await ask(), Object.keys(asked).length);
      assert.equal(await ask(), 0);
    });
  });
});
