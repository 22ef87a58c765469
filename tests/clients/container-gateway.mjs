import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { filesUnder } from '../../dev/setup/files.mjs';
import { root } from '../../dev/setup/paths.mjs';
import { needsRoot, scratch } from '../support/clients.mjs';
import { basic, pull, send } from '../support/http.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { CONTAINERD_2, ctr as makeCtr } from './adapters/ctr.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { find, forThisMachine, SECRET } from './references.mjs';

const APP = 'acme/secret';
const NAME = 'containers.local:8080';
const compose = 'docker-compose.gateway.yml';

/** The container as a gateway, with the files that the documentation shows. */
export function gatewayTests({ engine, here, docker }) {
  const { seed, credentials } = here.upstream;
  const token = credentials.owner.apiKey;
  const { digest, ...release } = find(seed.releases, SECRET);
  const isRight = (got) => [digest, forThisMachine(release).digest].some((it) => got.includes(it));
  const start = async (vars = {}) => {
    const settings = { ...here.settings, GATEWAY_TOKEN: token, ...vars };
    const runs = await engine.start(settings, { compose });
    return { ...runs, host: new URL(runs.url).host };
  };
  const asks = ({ url }, headers) => send(url, `/auth/v1/token?scope=${pull(APP)}`, { headers });

  /** A file of the folder `container`, as somebody adapts it to this gateway. */
  const adapted = (file, host, text = readFileSync(join(root, 'container', file), 'utf8')) =>
    text.replaceAll('127.0.0.1:8080', host).replaceAll('acme/vault', APP);

  describe('the gateway', () => {
    let gateway;
    before(async () => {
      gateway = await start();
    });

    test('lets docker pull the private application without a login', async () => {
      assert.ok(isRight(await docker(`${gateway.host}/${APP}`)));
    });

    test('gives podman the image of a Kubernetes pod', async () => {
      const podman = makePodman();
      const dir = scratch('gateway-pod');
      const pod = join(dir, 'pod.yml');
      const registries = join(dir, 'registries.conf');
      writeFileSync(pod, adapted('pod.yml', gateway.host));
      writeFileSync(
        registries,
        `[[registry]]\nprefix = "${NAME}"\nlocation = "${gateway.host}"\ninsecure = true\n`,
      );
      // A pod that is not started needs no pause program, but podman wants an image of it.
      const containers = join(dir, 'containers.conf');
      writeFileSync(containers, `[engine]\ninfra_image = "${NAME}/${APP}"\n`);
      const own = { CONTAINERS_CONF: containers, CONTAINERS_REGISTRIES_CONF: registries };
      const more = { env: { ...process.env, ...own } };
      await podman.podman(['play', 'kube', '--start=false', '--log-driver=none', pod], more);
      const format = ['--format', '{{.Digest}}'];
      const { stdout } = await podman.podman(['image', 'inspect', ...format, `${NAME}/${APP}`]);
      assert.ok(isRight([stdout.trim()]));
    });

    test('is a host of containerd', needsRoot('containerd-2', 'ctr-2'), async () => {
      const { pull: pulls } = await makeCtr(CONTAINERD_2);
      const hosts = scratch('gateway-hosts');
      mkdirSync(join(hosts, NAME));
      writeFileSync(join(hosts, NAME, 'hosts.toml'), adapted('hosts.toml', gateway.host));
      assert.ok(isRight(await pulls(`${NAME}/${APP}`, { more: ['--hosts-dir', hosts] })));
    });

    test("answers 401 to a caller's own wrong credential", async () => {
      assertError(await asks(gateway, basic('wrong')), 401, 'UNAUTHORIZED');
    });

    test('refuses what came through Cloudflare, and says why', async () => {
      const reply = await asks(gateway, { 'cf-ray': '8a1b2c3d4e5f-FRA' });
      assert.match(assertError(reply, 500, 'UNKNOWN'), /GATEWAY_TOKEN/);
    });

    test('gives nothing to a web page that leads its name here', async () => {
      const asked = await asks(gateway, { host: 'evil.example' });
      const headers = { host: 'evil.example', authorization: `Bearer ${asked.json.token}` };
      assertStatus(await send(gateway.url, `/v2/${APP}/manifests/latest`, { headers }), 403);
    });

    test('has its credential neither in the log nor on the volume', () => {
      assert.ok(gateway.output().includes(APP));
      assert.ok(!gateway.output().includes(token));
      const kept = filesUnder(gateway.data);
      assert.ok(kept.length > 0);
      for (const file of kept) assert.ok(!readFileSync(file).includes(token), file);
    });

    test('serves the networks of GATEWAY_ALLOW alone', async () => {
      for (const [networks, status] of [
        ['10.0.0.0/8, 2001:db8::/32', 403],
        ['10.0.0.0/8,127.0.0.1', 200],
        ['everybody', 500],
      ]) {
        const runs = await start({ GATEWAY_ALLOW: networks });
        assertStatus(await asks(runs), status);
      }
    });

    test('listens on loopback, unless it is told otherwise', async () => {
      for (const [more, address] of [
        [{ GATEWAY_TOKEN: token }, '0100007F:0050'],
        [{ GATEWAY_TOKEN: token, LISTEN: '0.0.0.0:8080' }, '00000000:1F90'],
      ])
        assert.deepEqual(await engine.listening(more), [address]);
    });
  });
}
