import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { skopeo as makeSkopeo } from './adapters/skopeo.mjs';
import { contract } from './contract.mjs';
import { find, INDEX, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

await suite('skopeo', {}, (context) => {
  const { skopeo, copy, pull } = makeSkopeo();
  contract({ ...context, pull });

  const { upstream, redirects } = context;
  const { releases } = upstream.seed;
  const { host } = new URL(redirects);
  const { apiKey } = upstream.credentials.owner;
  const inspect = async (name, ...options) => {
    const { stdout } = await skopeo(['inspect', '--tls-verify=false', ...options, name]);
    return JSON.parse(stdout);
  };

  describe('skopeo', () => {
    test('inspects a release, with its digest and its tag', async () => {
      const found = await inspect(`docker://${host}/acme/kiosk/1.0.0`);
      assert.equal(found.Digest, find(releases, 'acme/kiosk/1.0.0').digest);
      assert.deepEqual(found.RepoTags, ['latest']);
    });
    test('inspects the raw manifest of an index', async () => {
      const { manifests } = await inspect(`docker://${host}/${INDEX}`, '--raw');
      const children = find(releases, INDEX).platforms.map(({ digest }) => digest);
      assert.deepEqual(
        manifests.map(({ digest }) => digest),
        children,
      );
    });
    test('lists the one tag of a release', async () => {
      const { stdout } = await listTags('acme/gateway/1.0.0/proxy');
      assert.deepEqual(JSON.parse(stdout).Tags, ['latest']);
    });
    test('lists the tags of the private application for those who may see it', async () => {
      const { stdout } = await listTags(SECRET, '--creds', `anyone:${apiKey}`);
      assert.deepEqual(JSON.parse(stdout).Tags, ['latest']);
      await assert.rejects(listTags(SECRET), /403/);
    });
    for (const { architecture, digest } of find(releases, INDEX).platforms) {
      test(`copies the image for ${architecture} out of an index`, async () => {
        const options = ['--override-arch', architecture];
        assert.equal((await copy(`${host}/${INDEX}`, { options })).digest, digest);
      });
    }
    test('copies a whole index into an OCI layout', async () => {
      const copied = await copy(`${host}/${INDEX}`, { to: 'oci' });
      assert.equal(copied.digest, find(releases, INDEX).digest);
    });
    test('cannot copy into a release, and is told how releases are made', async () => {
      const { target } = await copy(`${host}/acme/kiosk`);
      const to = ['--dest-tls-verify=false', `dir:${target}`, `docker://${host}/acme/kiosk`];
      const pushed = skopeo(['--insecure-policy', 'copy', ...to]);
      await assert.rejects(pushed, /releases are made with `balena push`/);
    });
  });

  function listTags(name, ...options) {
    return skopeo(['list-tags', '--tls-verify=false', ...options, `docker://${host}/${name}`]);
  }
});
