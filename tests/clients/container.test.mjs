// The container image: bhcr without Cloudflare, on a device or a server of one's own.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openSync, readSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../../dev/setup/paths.mjs';
import { bench } from '../support/bench.mjs';
import { needsRoot, scratch } from '../support/clients.mjs';
import { container } from '../support/container.mjs';
import { ADMIN_TOKEN, management } from '../support/hosting.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { httpsServer } from '../support/https-server.mjs';
import { imageToPush } from '../support/images.mjs';
import { assertStatus } from '../support/oci.mjs';
import { residentBytes } from '../support/process.mjs';
import { descendants } from '../support/processes.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { gatewayTests } from './container-gateway.mjs';
import { find, forThisMachine } from './references.mjs';

const NAMES = ['acme/kiosk', 'balenablocks/multiarch/1.1.0'];
const PULLS = 1000;
// How much memory the runtime may have in the end, in bytes.
const MOST = 256 << 20;
const EM_AARCH64 = 183;

const { skip } = needsRoot('buildah', 'podman', 'docker', 'dockerd');
if (skip) test('container', { skip }, () => {});
else await tests();

async function tests() {
  const here = await bench();
  const { seed } = here.upstream;
  const engine = await container();
  const clients = { docker: (await makeDocker()).pull, podman: makePodman().pull };
  const at = ({ url }, name) => `${new URL(url).host}/${name}`;
  const start = (vars, options) => engine.start({ ...here.settings, ...vars }, options);
  const first = await start();
  const { data } = first;

  async function pullsAll(runs) {
    for (const [client, pulled] of Object.entries(clients)) {
      for (const name of NAMES) {
        const { digest, ...release } = find(seed.releases, name);
        const got = await pulled(at(runs, name));
        const good = [digest, forThisMachine(release).digest].some((one) => got.includes(one));
        assert.ok(good, `${client} has ${got}`);
      }
    }
  }

  const manifest = (runs, name, value) =>
    send(runs.url, `/v2/${name}/manifests/latest`, {
      headers: { ...bearer(value), accept: 'application/vnd.oci.image.manifest.v1+json' },
    });

  let kept;
  describe('the container', () => {
    test('is pulled through by docker and podman', () => pullsAll(first));

    test('passes its own health check', () => engine.podman(['exec', first.name, '/bin/health']));

    test('has no workerd that grows with a thousand pulls', async (t) => {
      const [pid] = await descendants(first.pid);
      for (let done = 0; done < PULLS; done += 1) {
        const value = await token(first.url, [pull(NAMES[0])]);
        assertStatus(await manifest(first, NAMES[0], value), 200);
      }
      const bytes = residentBytes(pid);
      t.diagnostic(`${Math.round(bytes / 2 ** 20)} MB after ${PULLS} pulls`);
      assert.ok(bytes < MOST, `${bytes}`);
    });

    test('ends cleanly on SIGTERM, although a client keeps its connection open', async () => {
      kept = await token(first.url, [pull(NAMES[0])]);
      const { hostname, port } = new URL(first.url);
      const connection = connect(Number(port), hostname);
      connection.write('GET /ping HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(connection, 'data');
      assert.equal(await first.stop(), 0);
      connection.destroy();
    });

    test('serves both again after a restart, with API and registry stopped', async () => {
      for (const part of ['api', 'registry']) await here[part].fail('refuse');
      const again = await start({}, { data });
      await pullsAll(again);
      assertStatus(await manifest(again, NAMES[0], kept), 200);
      assert.equal(await again.stop(), 0);
    });

    test('does not start with a setting of its own that makes no sense', async () => {
      await assert.rejects(start({ HOSTING: 'maybe' }), /HOSTING must be on or off/);
    });

    test('trusts upstream by the authorities of SSL_CERT_FILE, and by no other', async () => {
      const { url, certificate } = await httpsServer('{"d":[]}');
      for (const [file, status] of [
        [certificate, 200],
        [undefined, 502],
      ]) {
        const trusted = file === undefined ? {} : { SSL_CERT_FILE: '/certificates/authority.pem' };
        const options = { volumes: [`${dirname(certificate)}:/certificates`] };
        const runs = await start({ API_URL: url, ...trusted }, options);
        assertStatus(await send(runs.url, `/auth/v1/token?scope=${pull(NAMES[0])}`), status);
        assert.equal(await runs.stop(), 0);
      }
    });

    test('hosts repositories, and has them after a restart', async () => {
      const hosted = { HOSTING: 'on', ADMIN_TOKEN };
      const one = await start(hosted);
      const owner = await management(one.url).account();
      const client = makePodman();
      const image = imageToPush(scratch('container-image'), { title: 'container' });
      const credential = { user: 'KEY', password: owner.key };
      const path = `${owner.account}/myapp:v1`;
      const digest = await client.push(image, at(one, path), credential);
      assert.equal(await one.stop(), 0);
      const two = await start(hosted, { data: one.data });
      assert.ok((await client.pull(at(two, path), credential)).includes(digest));
    });
  });

  gatewayTests({ engine, here, docker: clients.docker });

  test('the image is built for arm64, too', async () => {
    const { podman } = await container({ arch: 'arm64' });
    const { stdout } = await podman(['inspect', '--format', '{{.Architecture}}', 'bhcr']);
    assert.equal(stdout.trim(), 'arm64');
    const head = Buffer.alloc(20);
    readSync(openSync(join(root, 'build/image/arm64/root/bin/workerd')), head);
    assert.equal(head.readUInt16LE(18), EM_AARCH64);
  });
}
