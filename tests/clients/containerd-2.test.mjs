// containerd 2 and its three clients: ctr, nerdctl, and crictl, which asks for images as a kubelet
// does. They share the upstream and the Workers, and each has a containerd of its own.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { pass } from '../../dev/faults/forward.mjs';
import { scratch } from '../support/clients.mjs';
import { crictl } from './adapters/crictl.mjs';
import { CONTAINERD_2, ctr } from './adapters/ctr.mjs';
import { nerdctl } from './adapters/nerdctl.mjs';
import { contract } from './contract.mjs';
import { find, INDEX, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

const programs = [...Object.values(CONTAINERD_2), 'nerdctl', 'crictl'];
const MIRROR = 'registry.example';

await suite('containerd 2', { programs, root: true }, async (context) => {
  const { upstream, redirects } = context;
  const mirror = await recording(redirects);
  const hosts = hostsToml(mirror.url);
  const clients = { ctr: await ctr(CONTAINERD_2), nerdctl: await nerdctl() };
  clients.crictl = await crictl({ hosts });
  const wrong = /401 Unauthorized/;
  for (const [client, { pull }] of Object.entries(clients)) {
    contract({ ...context, client: `${context.client} by ${client}`, pull, mute: true, wrong });
  }

  const { apiKey } = upstream.credentials.owner;
  const options = { ctr: { more: ['--hosts-dir', hosts] } };
  for (const client of ['ctr', 'crictl']) {
    describe(`containerd 2 by ${client}, by a mirror, as a kubelet is configured,`, () => {
      for (const [name, password] of [['acme/kiosk'], [INDEX], [SECRET, apiKey]]) {
        test(`pulls ${name}`, async () => {
          const more = { password, ...options[client] };
          const digests = await clients[client].pull(`${MIRROR}/${name}`, more);
          assert.deepEqual(digests, [find(upstream.seed.releases, name).digest]);
          assert.ok(mirror.urls.includes(`/v2/${name}/manifests/latest?ns=${MIRROR}`));
          mirror.urls.length = 0;
        });
      }
    });
  }
});

/** A directory of `hosts.toml` files that sends every pull from the mirror's name to `url`. */
function hostsToml(url) {
  const dir = scratch('hosts');
  mkdirSync(join(dir, MIRROR));
  const host = `[host."${url}"]\n  capabilities = ["pull", "resolve"]\n`;
  writeFileSync(join(dir, MIRROR, 'hosts.toml'), `server = "${url}"\n\n${host}`);
  return dir;
}

/** A proxy before `to` that remembers the URLs of requests: `{ url, urls }`. */
async function recording(to) {
  const urls = [];
  const server = http.createServer((request, response) => {
    urls.push(request.url);
    pass(request, response, to);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, urls };
}
