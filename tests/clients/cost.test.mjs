import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { watch } from '../support/watch.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';
import { find, forThisMachine, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

const BESIDES_LAYERS = 5;
const options = { programs: ['docker', 'dockerd'], root: true };

await suite('cost', options, async ({ upstream, start }) => {
  const { fresh } = await makeDocker();
  const { apiKey } = upstream.credentials.owner;
  const pulls = {
    'one layer': ['acme/kiosk'],
    '20 layers': ['balenablocks/layers'],
    'one layer, private': [SECRET, apiKey],
  };

  async function client(password) {
    const { host } = new URL((await start()).url);
    const { docker, login } = fresh();
    if (password) await login(host, password);
    return (name) => docker(['pull', `${host}/${name}`]);
  }

  describe('the upstream requests of a first docker pull', () => {
    for (const [kind, [name, password]] of Object.entries(pulls)) {
      test(`are no more than 5 and one for each layer: ${kind}`, async () => {
        const pull = await client(password);
        const seen = watch(upstream);
        await pull(name);
        const requests = [...seen.api(), ...seen.registry()];
        const told = requests.map(({ method, url }) => `${method} ${url}`).join('\n');
        const { layers } = forThisMachine(find(upstream.seed.releases, name));
        assert.ok(requests.length > layers.length, told);
        assert.ok(requests.length <= layers.length + BESIDES_LAYERS, told);
      });
    }
    test('are none to resolve a name that was resolved just before', async () => {
      const pull = await client();
      await pull('acme/gateway/1.0.0/browser');
      const seen = watch(upstream);
      await pull('acme/gateway/1.0.0/browser');
      assert.ok(seen.registry().length > 0);
      assert.deepEqual(
        seen.api().filter(({ url }) => url.startsWith('/v7/')),
        [],
      );
    });
  });
});
