import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bearer, pull, send, token } from '../support/http.mjs';
import { challenge } from '../support/oci.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { skopeo as makeSkopeo } from './adapters/skopeo.mjs';
import { find, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

const NAME = 'acme/kiosk';
const HOSTS = [
  'registry.example',
  'blocks.example:5000',
  '127.0.0.1',
  'localhost:8787',
  '[::1]:80',
];

await suite('two host names', { programs: ['podman', 'skopeo'], wrangler: true }, (context) => {
  const { upstream, redirects, streams } = context;
  const own = find(upstream.seed.releases, NAME).digest;

  describe('one Worker with several host names', () => {
    for (const host of HOSTS) {
      test(`names ${host} in its challenges to clients that used it`, async () => {
        const { realm, service } = challenge(await send(streams, '/v2/', { headers: { host } }));
        assert.deepEqual(
          { realm, service },
          { realm: `http://${host}/auth/v1/token`, service: host },
        );
      });
    }
    test('accepts at one host name the token that it gave at another', async () => {
      const given = await token(streams, [pull(NAME)], { headers: { host: HOSTS[0] } });
      const headers = { ...bearer(given), host: HOSTS[1] };
      const manifest = await send(streams, `/v2/${NAME}/manifests/latest`, { headers });
      assert.equal(manifest.headers['docker-content-digest'], own);
    });
  });

  for (const [where, url] of Object.entries({ 'wrangler dev': redirects, workerd: streams })) {
    const { port } = new URL(url);
    const { sessionToken } = upstream.credentials.owner;
    const podman = makePodman();
    const skopeo = makeSkopeo();
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`]) {
      describe(`${host.split(':')[0]}, a host name of the Worker in ${where}`, () => {
        test('is the name in challenges', async () => {
          const { realm, service } = challenge(await send(`http://${host}`, '/v2/'));
          assert.equal(realm, `http://${host}/auth/v1/token`);
          assert.equal(service, host);
        });
        for (const [client, run] of Object.entries({ podman: podman.pull, skopeo: skopeo.pull })) {
          test(`serves ${client}`, async () => {
            assert.deepEqual(await run(`${host}/${NAME}`), [own]);
          });
          test(`serves ${client} the private application`, async () => {
            const digests = await run(`${host}/${SECRET}`, { password: sessionToken });
            assert.deepEqual(digests, [find(upstream.seed.releases, SECRET).digest]);
          });
        }
      });
    }
  }
});
