// One name for all architectures, with real clients: each takes the image of a platform out of the
// index that bhcr writes.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../support/clients.mjs';
import { pull as scopeOf, send, token } from '../support/http.mjs';
import { relay } from '../support/relay.mjs';
import { buildkit as makeBuildkit } from './adapters/buildkit.mjs';
import { crane as makeCrane } from './adapters/crane.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';
import { oras as makeOras } from './adapters/oras.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { inLayout, skopeo as makeSkopeo } from './adapters/skopeo.mjs';
import { PULLERS, suite } from './suite.mjs';

const NAME = 'acme/sensor/1.0.0';
const SIBLINGS = { 'linux/amd64': 'amd64', 'linux/arm64': 'aarch64', 'linux/arm/v7': 'armv7hf' };

await suite('siblings', { programs: PULLERS, root: true }, async ({
  upstream,
  redirects,
  start,
}) => {
  const { host } = new URL(redirects);
  const { apiKey: password } = upstream.credentials.owner;
  // crane follows no redirect from one private address to another, so it uses storage's address.
  const forCrane = await relay(redirects, new URL(upstream.storage.url).hostname);
  const { host: craneHost } = new URL(forCrane.url);
  const home = scratch('siblings');
  const [docker, buildkit] = [await makeDocker(), await makeBuildkit()];
  const [podman, skopeo, crane, oras] = [makePodman(), makeSkopeo(), makeCrane(), makeOras()];
  const sibling = (end) =>
    upstream.seed.siblings.find(
      ({ slug, rawVersion }) => slug === `acme/sensor-${end}` && rawVersion === '1.0.0',
    );

  /** The digest of the index, from a Worker that nobody else uses. */
  async function indexDigest(options) {
    const { url } = await start();
    const held = await token(url, [scopeOf(NAME)], options);
    const headers = { authorization: `Bearer ${held}` };
    const reply = await send(url, `/v2/${NAME}/manifests/latest`, { method: 'HEAD', headers });
    return reply.headers['docker-content-digest'];
  }
  const index = await indexDigest();

  // What an engine says of the image that it has pulled.
  async function engineHas(inspect, { platforms: [{ config }] }) {
    const { stdout } = await inspect([
      'image',
      'inspect',
      '--format',
      '{{.Id}}',
      `${host}/${NAME}`,
    ]);
    assert.equal(stdout.trim().replace(/^sha256:/, ''), config.digest.replace(/^sha256:/, ''));
  }

  const takes = {
    docker: async (platform, image) => {
      const own = await docker.pullOnly(`${host}/${NAME}`, { platform });
      await engineHas(own, image);
    },
    podman: async (platform, image) => {
      await podman.pullOnly(`${host}/${NAME}`, { platform });
      await engineHas(podman.podman, image);
    },
    'BuildKit, as FROM,': async (platform, { slug }) => {
      const dir = mkdtempSync(join(home, 'build-'));
      const more = ['--opt', `platform=${platform}`, '--output', `type=local,dest=${dir}`];
      const { output } = await buildkit.build(`FROM ${host}/${NAME}\n`, { host, more });
      assert.equal(output.match(/FROM \S+@(sha256:[0-9a-f]{64})/)[1], index);
      assert.match(
        readFileSync(join(dir, 'release.txt'), 'utf8'),
        new RegExp(`^${slug} 1\\.0\\.0 `),
      );
    },
    skopeo: async (platform, { digest }) => {
      const [os, architecture, variant] = platform.split('/');
      const options = ['--override-os', os, '--override-arch', architecture];
      if (variant) options.push('--override-variant', variant);
      assert.equal((await skopeo.copy(`${host}/${NAME}`, { options })).digest, digest);
    },
    crane: async (platform, { digest }) => {
      const args = ['--insecure', 'digest', '--platform', platform, `${craneHost}/${NAME}`];
      assert.equal((await crane.crane(args)).stdout.trim(), digest);
    },
    oras: async (platform, { digest }) => {
      const dir = mkdtempSync(join(home, 'oras-'));
      await oras.pullOnly(`${host}/${NAME}`, { dir, more: ['--platform', platform] });
      assert.equal(inLayout(dir), digest);
    },
  };
  for (const [client, take] of Object.entries(takes)) {
    describe(`${client} takes the image`, () => {
      for (const [platform, end] of Object.entries(SIBLINGS)) {
        test(`of ${platform}`, () => take(platform, sibling(end)));
      }
    });
  }

  describe('the whole index is copied', () => {
    test('by skopeo', async () => assert.deepEqual(await skopeo.pull(`${host}/${NAME}`), [index]));
    test('by oras', async () => assert.deepEqual(await oras.pull(`${host}/${NAME}`), [index]));
    test('by crane', async () =>
      assert.deepEqual(await crane.pull(`${craneHost}/${NAME}`), [index]));
    test('by tag and by digest', async () => {
      const tagged = `${host}/acme/sensor:1.0.0`;
      assert.deepEqual(await skopeo.pull(tagged), [index]);
      assert.deepEqual(await skopeo.pull(`${host}/${NAME}@${index}`), [index]);
    });
  });

  test('podman takes the private image of a Raspberry Pi with a credential, and no other without', async () => {
    const platform = 'linux/arm/v6';
    await podman.pullOnly(`${host}/${NAME}`, { platform, password });
    await engineHas(podman.podman, sibling('rpi'));
    await assert.rejects(
      podman.pullOnly(`${host}/${NAME}`, { platform }),
      /no image found|not found/i,
    );
  });

  test('crane lists the versions of all siblings', async () => {
    const { stdout } = await crane.crane(['--insecure', 'ls', `${craneHost}/acme/sensor`]);
    assert.deepEqual(stdout.trim().split('\n'), ['1.0.0', '1.1.0', 'latest']);
  });
});
