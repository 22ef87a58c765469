import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { relay } from '../support/relay.mjs';
import { watch } from '../support/watch.mjs';
import { find, forThisMachine, INDEX, SECRET } from './references.mjs';
import { suite } from './suite.mjs';
import { PROGRAMS, talkative } from './traffic.mjs';

// The second pull takes other images, because a client fetches no layer that it already has.
const FIRST = ['balenablocks/layers', SECRET];
const SECOND = [INDEX, 'acme/secret/1.1.0-1763000000002'];
const REFUSED = ['acme/nothing', 'acme/secret', `acme/kiosk@sha256:${'0'.repeat(64)}`];

await suite('traffic', { programs: PROGRAMS, root: true }, async ({ upstream, redirects }) => {
  const clients = await talkative();
  const { seed, credentials, storage } = upstream;
  const hashes = seed.releases.map(({ repository }) => repository.slice('v2/'.length));
  const worker = await relay(redirects, '127.0.0.1');
  const byStorage = await relay(redirects, new URL(storage.url).hostname);
  const { port, host } = new URL(worker.url);
  const twice = [
    { by: worker, host: `localhost:${port}`, names: FIRST },
    { by: worker, host, names: SECOND },
  ];
  const once = [{ by: byStorage, host: new URL(byStorage.url).host, names: FIRST }];

  for (const [client, { onlyByStorage, ...its }] of Object.entries(clients)) {
    for (const way of onlyByStorage ? once : twice) {
      describe(`${client} by ${way.host.split(':')[0]}`, () => promises({ ...its, ...way }));
    }
  }

  function promises({ by, host, names, pull, agent, talks }) {
    let seen;
    let said = '';
    let sent = '';
    test('pulls a public image and the private application', async () => {
      seen = watch(upstream);
      const before = by.sent().length;
      for (const name of REFUSED) {
        await assert.rejects(pull(`${host}/${name}`, {}), (error) => {
          said += error.output;
          return true;
        });
      }
      said += await pull(`${host}/${names[0]}`, {});
      said += await pull(`${host}/${names[1]}`, { password: credentials.owner.apiKey });
      sent = by.sent().slice(before);
    });
    test('sends no Authorization to storage', () => {
      const requests = seen.storage();
      assert.ok(requests.length >= 4, `${requests.length} requests to storage`);
      for (const { headers, status } of requests) {
        assert.equal(headers.authorization, undefined);
        assert.equal(status, 200);
      }
    });
    test('fetches every layer directly from storage', () => {
      for (const { headers } of seen.storage()) assert.match(headers['user-agent'], agent);
      const fetched = seen.storage().map(({ url }) => url);
      const layers = names.flatMap((name) => forThisMachine(find(seed.releases, name)).layers);
      for (const { digest } of layers) {
        const [, hash] = digest.split(':');
        assert.ok(
          fetched.some((url) => url.includes(hash)),
          digest,
        );
      }
    });
    test('sends no byte of a blob through the Worker', () => {
      const redirects = sent.match(/HTTP\/1\.1 307 .*?\r\n\r\n/gs);
      assert.ok(redirects.length >= 4, `${redirects.length} redirects`);
      for (const head of redirects) assert.match(head, /^content-length: 0\r$/im);
      const blobs = seen.registry().filter(({ url }) => url.includes('/blobs/'));
      for (const { status, bytes } of blobs) {
        assert.ok(status === 307 || status === 404, `${status}`);
        if (status === 307) assert.equal(bytes, 0);
      }
    });
    test('gets no location in anything that the Worker sends', () => {
      assert.match(sent, /^HTTP\/1\.1 307 /m);
      assert.match(sent, /"token":/);
      assert.deepEqual(
        hashes.filter((hash) => sent.includes(hash)),
        [],
      );
    });
    test('prints no location, with all its debug output', () => {
      assert.match(said, talks);
      assert.deepEqual(
        hashes.filter((hash) => said.includes(hash)),
        [],
      );
    });
  }
});
