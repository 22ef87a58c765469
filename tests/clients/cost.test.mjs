import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { watch } from '../support/watch.mjs';
import { ctr as makeCtr } from './adapters/ctr.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { skopeo as makeSkopeo } from './adapters/skopeo.mjs';
import { find, forThisMachine, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

const BESIDES_LAYERS = 4;
const PUBLIC = { 'one layer': 'acme/kiosk', '20 layers': 'balenablocks/layers' };
const programs = ['docker', 'dockerd', 'podman', 'skopeo', 'containerd', 'ctr'];

await suite('cost', { programs, root: true }, async ({ upstream, redirects, start }) => {
  const { apiKey } = upstream.credentials.owner;
  // Each client has a storage of its own, which is empty at first.
  const [cold, warming] = [await makeDocker(), await makeDocker()];
  const others = {
    docker: (await makeDocker()).pullOnly,
    podman: makePodman().pullOnly,
    skopeo: makeSkopeo().copy,
    containerd: (await makeCtr()).pullOnly,
  };
  const at = (url, name) => `${new URL(url).host}/${name}`;
  const asked = (seen) => [...seen.api(), ...seen.registry()];
  const told = (requests) => requests.map(({ method, url }) => `${method} ${url}`);
  const layersOf = (name) => forThisMachine(find(upstream.seed.releases, name)).layers.length;

  describe('the upstream requests of a first docker pull', () => {
    const pulls = Object.entries(PUBLIC).map(([kind, name]) => [kind, name, {}]);
    for (const [kind, name, credential] of [
      ...pulls,
      ['one layer, private', SECRET, { password: apiKey }],
    ]) {
      test(`are no more than 4 and one for each layer: ${kind}`, async () => {
        const { url } = await start();
        const { docker, login } = cold.fresh();
        if (credential.password) await login(new URL(url).host, apiKey);
        const seen = watch(upstream);
        await docker(['pull', at(url, name)]);
        const requests = asked(seen);
        assert.ok(requests.length > layersOf(name), told(requests).join('\n'));
        assert.ok(requests.length <= layersOf(name) + BESIDES_LAYERS, told(requests).join('\n'));
      });
    }
  });

  for (const [kind, name] of Object.entries(PUBLIC)) {
    describe(`an image of ${kind} that docker has pulled`, () => {
      test('is pulled once', () => warming.pullOnly(at(redirects, name)));
      for (const [client, pull] of Object.entries(others)) {
        test(`costs another user's ${client} only requests to storage`, async () => {
          const seen = watch(upstream);
          await pull(at(redirects, name));
          assert.deepEqual(told(asked(seen)), []);
          assert.ok(seen.storage().length >= layersOf(name));
        });
      }
    });
  }

  // A login is checked each time. For a pull the API is asked again after CREDENTIAL_SECONDS.
  for (const [seconds, cost, allowed] of [
    ['600', 'nothing, apart from a login', /^GET \/auth\/v1\/token\?service=[^&]+$/],
    ['0', 'only requests for a token', /^GET \/auth\/v1\/token\?/],
  ]) {
    describe(`a private application, with CREDENTIAL_SECONDS=${seconds}`, () => {
      let name;
      test('is pulled by its owner', async () => {
        name = at((await start({ CREDENTIAL_SECONDS: seconds })).url, SECRET);
        await makeSkopeo().copy(name, { password: apiKey });
      });
      for (const [client, pull] of Object.entries(others)) {
        test(`costs the owner's ${client} ${cost}`, async () => {
          const seen = watch(upstream);
          await pull(name, { password: apiKey });
          const requests = told(asked(seen));
          for (const request of requests) assert.match(request, allowed);
          if (seconds === '0') assert.notEqual(requests.length, 0);
        });
        test(`is not given to ${client} without a credential`, async () => {
          await assert.rejects(pull(name), /not found|403 Forbidden/);
        });
      }
    });
  }
});
