// Tags that select, with real clients: ten versions of one app at once, public and private.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { relay } from '../support/relay.mjs';
import { buildkit as makeBuildkit } from './adapters/buildkit.mjs';
import { crane as makeCrane } from './adapters/crane.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';
import { oras as makeOras } from './adapters/oras.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { skopeo as makeSkopeo } from './adapters/skopeo.mjs';
import { PULLERS, suite } from './suite.mjs';

const TEN = 10;

await suite('select', { programs: PULLERS, root: true }, async ({ upstream, redirects, start }) => {
  const { control, credentials } = upstream;
  const ignores = await start({ TAGS: 'ignore' });
  // crane follows no redirect from one private address to another, so it uses storage's address.
  const direct = async (url) => (await relay(url, new URL(upstream.storage.url).hostname)).url;
  const clients = {
    docker: { pull: (await makeDocker()).pull },
    podman: { pull: makePodman().pull },
    skopeo: { pull: makeSkopeo().pull },
    crane: { pull: makeCrane().pull, reach: direct },
    oras: { pull: makeOras().pull, mute: true },
    BuildKit: { pull: (await makeBuildkit()).pull, mute: true },
  };
  const apps = {
    public: { slug: 'acme/shelf', isPublic: true },
    private: { slug: 'acme/safe', isPublic: false, password: credentials.owner.apiKey },
  };
  for (const app of Object.values(apps)) {
    await control.createApplication(app);
    app.digests = [];
    for (let number = 0; number <= TEN; number += 1) {
      const { images } = await control.createRelease(app.slug, { semver: `1.${number}.0` });
      app.digests.push(images[0].digest);
    }
  }
  const host = async (url, reach = (same) => same) => new URL(await reach(url)).host;

  for (const [kind, { slug, password, digests }] of Object.entries(apps)) {
    test(`ten versions of a ${kind} app are pulled at once by tag, by ${Object.keys(clients)}`, async () => {
      const pulls = Object.values(clients).map(async ({ pull, reach }, first) => {
        const at = await host(redirects, reach);
        for (const number of [2 * first, 2 * first + 1].map((it) => it % TEN)) {
          const found = await pull(`${at}/${slug}:1.${number}.0`, { password });
          assert.deepEqual(found, [digests[number]], `${slug}:1.${number}.0`);
        }
      });
      await Promise.all(pulls);
    });
  }

  for (const [client, { pull, reach, mute }] of Object.entries(clients)) {
    describe(client, () => {
      const { slug, digests } = apps.public;
      for (const tag of ['latest', 'mine']) {
        test(`gets the target by the tag ${tag}`, async () =>
          assert.deepEqual(await pull(`${await host(redirects, reach)}/${slug}:${tag}`), [
            digests.at(-1),
          ]));
      }
      test('is told of a release that does not exist', async () =>
        assert.rejects(
          pull(`${await host(redirects, reach)}/${slug}:9.9.9`),
          mute ? /not found/ : /release 9\.9\.9 of acme\/shelf was not found/,
        ));
      test('does not get a private release without a credential', async () =>
        assert.rejects(
          pull(`${await host(redirects, reach)}/${apps.private.slug}:1.0.0`),
          /not found|403 Forbidden/,
        ));
      test('gets the target by every tag with TAGS=ignore', async () =>
        assert.deepEqual(await pull(`${await host(ignores.url, reach)}/${slug}:1.0.0`), [
          digests.at(-1),
        ]));
    });
  }
});
