import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { oras as makeOras } from './adapters/oras.mjs';
import { contract } from './contract.mjs';
import { find, INDEX, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

await suite('oras', {}, (context) => {
  const { oras, home, pull } = makeOras();
  contract({ ...context, pull, unknown: /not found/ });

  const { upstream, redirects } = context;
  const { releases } = upstream.seed;
  const { host } = new URL(redirects);
  const { owner } = upstream.credentials;
  const ask = async (args, more) => (await oras([...args, '--plain-http'], more)).stdout;
  const login = (password) =>
    ask(['login', host, '--username', 'anyone', '--password-stdin'], { input: password });

  describe('oras', () => {
    for (const name of ['acme/kiosk', INDEX]) {
      test(`resolves ${name} to its digest`, async () => {
        const digest = await ask(['resolve', `${host}/${name}:latest`]);
        assert.equal(digest.trim(), find(releases, name).digest);
      });
    }
    test('pulls a release, whose layers have no file names', async () => {
      const said = await ask(['pull', `${host}/acme/kiosk:latest`, '--output', home]);
      const [, digest] = find(releases, 'acme/kiosk').digest.split(':');
      assert.match(said, new RegExp(`Downloaded +${digest.slice(0, 12)}`));
    });
    test('lists the one tag of a release', async () => {
      assert.equal(await ask(['repo', 'tags', `${host}/acme/kiosk/latest`]), 'latest\n');
    });
    test('finds no referrers of a release', async () => {
      const format = ['--format', 'json'];
      const said = JSON.parse(await ask(['discover', ...format, `${host}/acme/kiosk:latest`]));
      assert.equal(said.digest, find(releases, 'acme/kiosk').digest);
      assert.deepEqual(said.referrers ?? [], []);
    });
    for (const kind of ['apiKey', 'sessionToken']) {
      test(`logs in with the ${kind}, and then resolves the private application`, async () => {
        await login(owner[kind]);
        const digest = await ask(['resolve', `${host}/${SECRET}:latest`]);
        assert.equal(digest.trim(), find(releases, SECRET).digest);
        await oras(['logout', host]);
      });
    }
    test('does not log in with a wrong password, and says so', () =>
      assert.rejects(login('wrong'), /wrong credentials: log in with/));
  });
});
