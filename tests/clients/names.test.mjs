// The ways to name a release, the lists of releases, and what an image has besides itself: by clients.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { relay } from '../support/relay.mjs';
import { crane as makeCrane } from './adapters/crane.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';
import { oras as makeOras } from './adapters/oras.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { regctl as makeRegctl } from './adapters/regctl.mjs';
import { skopeo as makeSkopeo } from './adapters/skopeo.mjs';
import { find } from './references.mjs';
import { suite } from './suite.mjs';

const BROWSER = 'balenablocks/browser';
const SECRET = 'acme/secret';
const programs = ['docker', 'dockerd', 'podman', 'skopeo', 'crane', 'oras', 'regctl'];

await suite('names', { programs, root: true }, async (context) => {
  const { upstream } = context;
  const { releases } = upstream.seed;
  // crane follows no redirect from one private address to another, so it uses storage's address.
  const forCrane = await relay(context.redirects, new URL(upstream.storage.url).hostname);
  const { host } = new URL(context.redirects);
  const { host: craneHost } = new URL(forCrane.url);
  const { apiKey: password } = upstream.credentials.owner;
  const [docker, podman, skopeo] = [await makeDocker(), makePodman(), makeSkopeo()];
  const [crane, oras, regctl] = [makeCrane(), makeOras(), makeRegctl()];
  const { commit } = find(releases, `${BROWSER}/2.5.0`);
  const forms = {
    'an exact revision': '2.3.8-rev1',
    'a short commit': commit.slice(0, 7),
    'a line': '2.3',
    'a line with a v': 'v2',
  };
  const pulls = { docker, podman, skopeo, crane, oras };

  for (const [client, { pull }] of Object.entries(pulls)) {
    describe(`${client} pulls a release`, () => {
      for (const [kind, form] of Object.entries(forms)) {
        test(`by ${kind}`, async () => {
          const name = `${BROWSER}/${form}`;
          const own = client === 'crane' ? craneHost : host;
          const { digest } = find(releases, name);
          const digests = await pull(`${own}/${name}`);
          assert.ok(digests.includes(digest), `${digest} is not among ${digests}`);
        });
      }
    });
  }

  const tags = ['2.3.8', '2.3.8-rev1', '2.3.8-rev2', '2.5.0', '2.6.0', 'latest'];
  const lines = ({ stdout }) => stdout.trim().split('\n');
  const listers = {
    skopeo: async (name, key) => {
      const creds = key ? ['--creds', `anyone:${key}`] : [];
      const args = ['list-tags', '--tls-verify=false', ...creds, `docker://${host}/${name}`];
      return JSON.parse((await skopeo.skopeo(args)).stdout).Tags;
    },
    crane: async (name, key) =>
      lines(await crane.crane(['--insecure', 'ls', `${host}/${name}`], { password: key, host })),
    regctl: async (name, key) =>
      lines(await regctl.regctl(['tag', 'ls', `${host}/${name}`], { host, password: key })),
    oras: async (name, key) => {
      const creds = key ? ['--username', 'anyone', '--password', key] : [];
      const args = ['repo', 'tags', '--plain-http', ...creds, `${host}/${name}`];
      return lines(await oras.oras(args));
    },
  };
  for (const [client, list] of Object.entries(listers)) {
    describe(`${client} lists the releases`, () => {
      test('of a public application', async () => assert.deepEqual(await list(BROWSER), tags));
      test('of an application of several services', async () =>
        assert.deepEqual(await list('acme/gateway'), ['0.9.0', '1.0.0', 'latest']));
      test('of a private application, for its owner alone', async () => {
        assert.deepEqual(await list(SECRET, password), ['1.0.0', 'latest']);
        await assert.rejects(list(SECRET));
      });
    });
  }

  describe('lists', () => {
    test('an update tool lists, takes the highest version, and asks for its digest', async () => {
      const versions = (await listers.crane(BROWSER)).filter((tag) => /^\d+(\.\d+){2}$/.test(tag));
      const highest = versions
        .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
        .at(-1);
      const name = `${host}/${BROWSER}/${highest}`;
      const { stdout } = await crane.crane(['--insecure', 'digest', name]);
      assert.equal(stdout.trim(), find(releases, `${BROWSER}/2.6.0`).digest);
    });
    test('crane, regctl and oras list public blocks', async () => {
      const said = [
        lines(await crane.crane(['--insecure', 'catalog', host])),
        lines(await regctl.regctl(['repo', 'ls', host], { host })),
        lines(await oras.oras(['repo', 'ls', '--plain-http', host])),
      ];
      for (const blocks of said) {
        assert.ok(blocks.includes(BROWSER), blocks.join());
        assert.ok(
          blocks.every((block) => block.startsWith('balenablocks/')),
          blocks.join(),
        );
      }
    });
    test('crane is told the newest releases instead of one that is not there', () =>
      assert.rejects(
        crane.crane(['--insecure', 'digest', '--full-ref', `${host}/${BROWSER}/9.9.9`]),
        /release 9\.9\.9 of balenablocks\/browser was not found; the newest are 2\.6\.0 and 2\.5\.0/,
      ));
  });

  describe('an image has no referrers, says', () => {
    const { digest } = find(releases, BROWSER);
    const image = `${host}/${BROWSER}@${digest}`;
    test('oras', async () => {
      const args = ['discover', '--plain-http', '--format', 'json'];
      const said = JSON.parse((await oras.oras([...args, image])).stdout);
      assert.deepEqual(said.referrers ?? [], []);
      const typed = [...args, '--artifact-type', 'application/vnd.example', image];
      assert.deepEqual(JSON.parse((await oras.oras(typed)).stdout).referrers ?? [], []);
    });
    test('regctl', async () => {
      const format = ['--format', '{{ json .Descriptors }}'];
      const { stdout } = await regctl.regctl(['artifact', 'list', ...format, image], { host });
      assert.ok(['null', '[]'].includes(stdout.trim()), stdout);
    });
    for (const end of ['', '.sig', '.att', '.sbom']) {
      const tag = `${digest.replace(':', '-')}${end}`;
      test(`oras and crane, of the tag that ends with ${end || 'the digest'}`, async () => {
        const fetch = oras.oras(['manifest', 'fetch', '--plain-http', `${host}/${BROWSER}:${tag}`]);
        await assert.rejects(fetch, /not found/);
        const head = crane.crane(['--insecure', 'manifest', `${host}/${BROWSER}:${tag}`]);
        await assert.rejects(head, /MANIFEST_UNKNOWN: this release has no such manifest/);
      });
    }
  });
});
