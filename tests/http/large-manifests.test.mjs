// Manifests that are too large to be kept are handed through, and take no room from others.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCacheTwin } from '../../dev/faults/cache.mjs';
import {
  faults,
  grant,
  jwt,
  LOCATION,
  release,
  startFakeUpstream,
} from '../support/fake-upstream.mjs';
import { granted, sha256 } from '../support/location.mjs';
import { logLine } from '../support/log.mjs';
import { assertStatus } from '../support/oci.mjs';
import { startWorkerd } from '../support/workerd.mjs';

const MAX_KEPT = 256 * 1024;
const ROUNDS = 6;
const MB = 1 << 20;
// More than all the buffers between two processes hold.
const HUGE = 64 * MB;
const TYPE = 'application/vnd.oci.image.index.v1+json';

// One release for each size: a manifest of so many bytes, at a location of its own.
const SIZES = {
  small: 1000,
  'just-kept': MAX_KEPT,
  'just-not': MAX_KEPT + 1,
  'large-1': 4 * MB,
  'large-2': 4 * MB + 1,
  'large-3': 4 * MB + 2,
  huge: HUGE,
};
const images = Object.entries(SIZES).map(([app, size], at) => {
  const body = Buffer.alloc(size, ' ');
  body.write('{"manifests":[]', 0);
  body.write('}', size - 1);
  const location = `v2/${String(at).padStart(LOCATION.length - 'v2/'.length, '0')}`;
  return { app, name: `acme/${app}`, body, digest: sha256(body), location };
});
const find = (app) => images.find((image) => image.app === app);

const upstream = await startFakeUpstream();
after(upstream.stop);
const host = new URL(upstream.url).host;

const FRAMINGS = {
  'with a length': ({ length }) => ({ 'content-length': length }),
  'in chunks': () => ({}),
};

// How each answer of the registry ended: whether all of it went out.
const ended = [];

for (const [framing, headersOf] of Object.entries(FRAMINGS)) {
  describe(`manifests ${framing}`, () => {
    let worker;
    let cache;
    before(async () => {
      cache = await startCacheTwin();
      worker = await startWorkerd(upstream.settings, { cache });
      upstream.answers.release = (request, response) => {
        const { location } = images.find(({ name }) =>
          decodeURIComponent(request.url).includes(`'${name}'`),
        );
        faults.json({ d: [release(`${host}/${location}`)] })(request, response);
      };
      const access = images.map(({ location }) => grant(location));
      upstream.answers.token = faults.json({ token: jwt({ access }) });
      upstream.answers.registry = ({ url }, response) => {
        const { body, digest, location } = images.find((it) => url.includes(it.location));
        const head = { 'content-type': TYPE, 'docker-content-digest': digest };
        response.on('close', () => ended.push({ location, all: response.writableFinished }));
        response.writeHead(200, { ...head, ...headersOf(body) });
        // In pieces, so that the answer waits for who reads it.
        response.write(body.subarray(0, body.length - 1), () => response.end(body.subarray(-1)));
      };
    });
    after(async () => {
      await worker.stop();
      await cache.stop();
    });

    const open = async (app) => ({ ...(await granted(worker, find(app).name)), ...find(app) });
    const contentOf = async (reply) => (await logLine(worker, reply)).content;
    const isInCache = ({ digest }) =>
      cache.keys().some((key) => decodeURIComponent(key).endsWith(digest));

    function assertHeaders({ headers }, { digest }) {
      assert.equal(headers['docker-content-digest'], digest);
      assert.equal(headers['content-type'], TYPE);
    }

    test(`of up to ${MAX_KEPT} bytes are kept, and longer ones are not`, async () => {
      for (const [app, sources] of [
        ['just-kept', ['registry', 'memory', 'memory']],
        ['just-not', ['registry', 'registry', 'registry']],
      ]) {
        const image = await open(app);
        for (const source of sources) {
          const reply = await image.manifest(image.digest);
          assertStatus(reply, 200);
          assertHeaders(reply, image);
          assert.equal(sha256(reply.body), image.digest);
          assert.equal(await contentOf(reply), source);
        }
        // The cache is written after the answer.
        for (let tries = 0; tries < 100 && !isInCache(image); tries += 1) await sleep(5);
        assert.equal(isInCache(image), app === 'just-kept');
      }
    });

    test('of 4 MB, with HEAD and GET in turn, are whole each time, and push nothing out of memory', async () => {
      const small = await open('small');
      assert.equal((await small.manifest('latest')).status, 200);
      const large = [await open('large-1'), await open('large-2'), await open('large-3')];
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const image of large) {
          for (const reference of ['latest', image.digest]) {
            const method = round % 2 === 0 ? 'HEAD' : 'GET';
            const reply = await image.manifest(reference, { method });
            assertStatus(reply, 200);
            assertHeaders(reply, image);
            if (method === 'GET') assert.equal(sha256(reply.body), image.digest);
            else assert.equal(reply.body.length, 0);
            assert.equal(await contentOf(reply), 'registry');
          }
        }
        assert.equal(await contentOf(await small.manifest('latest')), 'memory');
        assert.equal(await contentOf(await small.manifest(small.digest)), 'memory');
      }
      assert.deepEqual(large.filter(isInCache), []);
    });

    test(`of ${HUGE / MB} MB: for a HEAD, the registry's bytes are not all read`, async () => {
      const huge = await open('huge');
      ended.length = 0;
      for (const reference of ['latest', huge.digest]) {
        const reply = await huge.manifest(reference, { method: 'HEAD' });
        assertStatus(reply, 200);
        assertHeaders(reply, huge);
      }
      while (ended.length < 2) await sleep(20);
      assert.deepEqual(
        ended.map(({ all }) => all),
        [false, false],
      );
    });
  });
}
