import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { relay } from '../support/relay.mjs';
import { buildkit } from './adapters/buildkit.mjs';
import { contract } from './contract.mjs';
import { suite } from './suite.mjs';

const programs = ['buildkitd', 'buildctl'];
const TARGET_SECONDS = 3;

await suite('BuildKit', { programs, root: true }, async (context) => {
  const { pull } = await buildkit();
  contract({ ...context, pull, denied: /403 Forbidden/, unknown: /not found/ });

  const { upstream, start } = context;
  const { control } = upstream;
  const digest = ({ images }) => images[0].digest;

  describe('BuildKit, several builds in a row on one daemon', () => {
    test('uses a new release as soon as the target may be no older', async () => {
      const worker = await start({ TARGET_SECONDS: `${TARGET_SECONDS}` });
      const { url, sent } = await relay(worker.url, '127.0.0.1');
      const slug = 'buildkit/app';
      await control.createApplication({ slug });
      const first = await control.createRelease(slug, { semver: '1.0.0' });
      const name = `${new URL(url).host}/${slug}`;
      assert.deepEqual(await pull(name), [digest(first)]);
      const second = await control.createRelease(slug, { semver: '1.1.0' });
      // A token counts its time from the next whole second.
      await sleep((TARGET_SECONDS + 1) * 1000);
      assert.deepEqual(await pull(name), [digest(second)]);
      assert.match(sent(), /^www-authenticate: Bearer .*error="invalid_token"/im);
      assert.doesNotMatch(sent(), /insufficient_scope/);
    });
  });
});
