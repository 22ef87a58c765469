// containerd 2 and its three clients: ctr, nerdctl, and crictl, which asks for images as a kubelet
// does. They share the upstream and the Workers, and each has a containerd of its own.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../support/clients.mjs';
import { passing } from '../support/passing.mjs';
import { crictl } from './adapters/crictl.mjs';
import { CONTAINERD_2, ctr } from './adapters/ctr.mjs';
import { nerdctl } from './adapters/nerdctl.mjs';
import { contract } from './contract.mjs';
import { find, INDEX, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

const programs = [...Object.values(CONTAINERD_2), 'nerdctl', 'crictl'];
const MIRROR = 'registry.example';
const REFUSALS = [403, 404];
const refusing = (status) => `refusing-${status}.example`;

await suite('containerd 2', { programs, root: true }, async (context) => {
  const { upstream, redirects } = context;
  const mirror = await passing(redirects);
  const hosts = scratch('hosts');
  hostsToml(hosts, MIRROR, [mirror]);
  for (const status of REFUSALS) {
    hostsToml(hosts, refusing(status), [await passing(redirects, { refuses: status }), mirror]);
  }
  const clients = { ctr: await ctr(CONTAINERD_2), nerdctl: await nerdctl() };
  clients.crictl = await crictl({ hosts });
  const says = { unknown: /not found/, wrong: /401 Unauthorized/ };
  const denied = { nerdctl: /403 Forbidden/ };
  for (const [client, { pull }] of Object.entries(clients)) {
    const name = `${context.client} by ${client}`;
    contract({ ...context, client: name, pull, ...says, denied: denied[client] });
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
      for (const status of REFUSALS) {
        test(`goes on to its next host after a ${status}`, () =>
          clients[client].pull(`${refusing(status)}/acme/kiosk`, options[client]));
      }
    });
  }
});

/** Has containerd ask these hosts, one after the other, for all images of a registry. */
function hostsToml(dir, registry, hosts) {
  mkdirSync(join(dir, registry));
  const each = hosts.map(({ url }) => `[host."${url}"]\n  capabilities = ["pull", "resolve"]\n`);
  writeFileSync(
    join(dir, registry, 'hosts.toml'),
    [`server = "${hosts[0].url}"\n`, ...each].join('\n'),
  );
}
