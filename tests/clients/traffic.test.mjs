import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { relay } from '../support/relay.mjs';
import { watch } from '../support/watch.mjs';
import { find, forThisMachine, SECRET } from './references.mjs';
import { suite } from './suite.mjs';
import { PROGRAMS, talkative } from './traffic.mjs';

const RELEASE = 'balenablocks/layers';

await suite('traffic', { programs: PROGRAMS, root: true }, async ({ upstream, redirects }) => {
  const clients = await talkative();
  const { port } = new URL(redirects);
  const { hostname } = new URL(upstream.storage.url);
  const byStorage = new URL(await relay(redirects, hostname)).host;
  const { releases } = upstream.seed;
  const { apiKey: password } = upstream.credentials.owner;
  const hashes = releases.map(({ repository }) => repository.slice('v2/'.length));

  for (const [client, { agent, talks, pull, byStorage: only }] of Object.entries(clients)) {
    const hosts = only ? [byStorage] : [`localhost:${port}`, `127.0.0.1:${port}`];
    for (const [index, host] of hosts.entries()) {
      // Another image by the second name: a client fetches no layer that it has.
      const pulled = [
        [RELEASE, SECRET],
        ['balenablocks/multiarch', 'acme/secret/1.1.0-1763000000002'],
      ][index];

      describe(`${client} by ${host.split(':')[0]}`, () => {
        let seen;
        let said = '';
        test('pulls what anybody may see, and the private application', async () => {
          seen = watch(upstream);
          said += await pull(`${host}/${pulled[0]}`, {});
          said += await pull(`${host}/${pulled[1]}`, { password });
        });
        test('sends no Authorization to storage', () => {
          const requests = seen.storage();
          assert.ok(requests.length >= 4, `${requests.length} requests to storage`);
          for (const { headers, status } of requests) {
            assert.equal(headers.authorization, undefined);
            assert.ok(status < 300, `storage said ${status}`);
          }
        });
        test('fetches every layer from storage itself', () => {
          for (const { headers } of seen.storage()) assert.match(headers['user-agent'], agent);
          for (const name of pulled) {
            const { layers } = forThisMachine(find(releases, name));
            for (const { digest } of layers) {
              const hash = digest.split(':')[1];
              assert.ok(
                seen.storage().some(({ url }) => url.includes(hash)),
                `${name} ${digest}`,
              );
            }
          }
        });
        test('costs the Worker no byte of a blob', () => {
          const blobs = seen.registry().filter(({ url }) => url.includes('/blobs/'));
          assert.ok(blobs.length >= 4, `${blobs.length} requests for blobs`);
          for (const { method, status, bytes } of blobs) {
            assert.equal(status, 307);
            assert.equal(bytes, 0, method);
          }
        });
        test('sees no location, in all that it says', () => {
          assert.match(said, talks);
          assert.deepEqual(
            hashes.filter((hash) => said.includes(hash)),
            [],
          );
        });
      });
    }
  }
});
