// A layer of 2 GB, pushed by clients that people have: in one request, and with a connection that breaks
// halfway; and by regctl behind an edge that refuses a request of more than 100 MB, as Cloudflare does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crane } from '../clients/adapters/crane.mjs';
import { DOCKER_29, docker } from '../clients/adapters/docker.mjs';
import { regctl } from '../clients/adapters/regctl.mjs';
import { skopeo } from '../clients/adapters/skopeo.mjs';
import { bodyLimit } from '../support/body-limit.mjs';
import { needsRoot, scratch } from '../support/clients.mjs';
import { hosting } from '../support/hosting.mjs';
import { imageToPush } from '../support/images.mjs';
import { owner as asOwner } from '../support/registry.mjs';
import { relay } from '../support/relay.mjs';

const MB = 1e6;
const LENGTH = 2000 * MB;
const LIMIT = 100 * MB;
const options = { timeout: 15 * 60_000 };

const { skip } = needsRoot('crane', 'docker-29', 'dockerd-29', 'regctl', 'skopeo');
if (skip) test('large layers by clients', { skip }, () => {});
else await define();

async function define() {
  const here = await hosting();
  const mine = await here.account();
  const { user, secret: password } = asOwner(mine);
  const owner = { user, password };
  const image = imageToPush(scratch('large'), { title: 'large', layers: [LENGTH] });
  const cutting = await relay(here.url, '127.0.0.1');
  const edge = await bodyLimit(here.url, LIMIT);
  const clients = { crane: crane(), 'docker 29': await docker(DOCKER_29) };
  const checking = skopeo();

  /** Pushes through `url`, and reads every byte back from the Worker itself. */
  async function pushed(client, url, tag) {
    const path = `${mine.account}/large:${tag}`;
    const began = Date.now();
    const digest = await client.push(image, `${new URL(url).host}/${path}`, owner);
    console.log(`${tag}: pushed in ${((Date.now() - began) / 1000).toFixed(0)} s`);
    assert.deepEqual(await checking.pull(`${here.host}/${path}`, owner), [digest]);
    await here.api('DELETE', `/accounts/${mine.account}/repositories/large`);
    await here.api('POST', `/accounts/${mine.account}/collect`, { now: true });
  }

  for (const [name, client] of Object.entries(clients)) {
    const tag = name.replace(' ', '-');
    test(`${name} pushes a layer of 2 GB`, options, () => pushed(client, here.url, tag));
    test(`${name} pushes it after a connection broke halfway`, options, async () => {
      const before = cutting.cuts();
      cutting.cutAfterReceived(LENGTH / 2);
      const push = () => pushed(client, cutting.url, `${tag}-cut`);
      // crane tries again by itself; docker 29 tells its user that the connection broke.
      await push().catch(() => push());
      assert.equal(cutting.cuts() - before, 1);
    });
  }
  test(
    'regctl pushes it in chunks, behind an edge that refuses long requests',
    options,
    async () => {
      await pushed(regctl(), edge.url, 'regctl');
      assert.ok(edge.refused() > 0, 'no request was over the limit');
    },
  );
}
