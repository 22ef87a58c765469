import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { relay } from '../support/relay.mjs';
import { crane as makeCrane } from './adapters/crane.mjs';
import { contract } from './contract.mjs';
import { find, INDEX, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

await suite('crane', {}, async (context) => {
  const { upstream } = context;
  // crane follows no redirect from one private address to another, so it uses storage's address.
  const { url: redirects } = await relay(context.redirects, new URL(upstream.storage.url).hostname);
  const { crane, pull } = makeCrane();
  contract({ ...context, redirects, pull });

  const { host } = new URL(redirects);
  const { releases } = upstream.seed;
  const ask = async (...args) => (await crane(['--insecure', ...args])).stdout;

  describe('crane', () => {
    for (const name of ['acme/kiosk', INDEX, 'balenablocks/legacy']) {
      test(`tells the digest of ${name}`, async () => {
        assert.equal((await ask('digest', `${host}/${name}`)).trim(), find(releases, name).digest);
      });
      test(`validates the stored image of ${name}`, async () => {
        const { output } = await crane(['--insecure', 'validate', '--remote', `${host}/${name}`]);
        assert.match(output, /^PASS/);
      });
    }
    test('reads a manifest', async () => {
      const { config } = JSON.parse(await ask('manifest', `${host}/acme/kiosk`));
      assert.deepEqual(config, find(releases, 'acme/kiosk').platforms[0].config);
    });
    test('lists the one tag of a release', async () => {
      assert.equal(await ask('ls', `${host}/acme/kiosk/latest`), 'latest\n');
    });
    test('lists the tags of the private application for those who may see it', async () => {
      const password = upstream.credentials.owner.apiKey;
      const args = ['--insecure', 'ls', `${host}/${SECRET}`];
      assert.equal((await crane(args, { password, host })).stdout, 'latest\n');
      await assert.rejects(crane(args), /log in first: docker login/);
    });
    test('cannot tag a release, and is told how releases are made', () =>
      assert.rejects(
        ask('tag', `${host}/acme/kiosk`, 'mine'),
        /releases are made with `balena push`/,
      ));
  });
});
