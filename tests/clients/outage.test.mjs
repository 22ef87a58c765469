// API and registry are down: clients still pull what was pulled before, from storage alone.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { needsRoot } from '../support/clients.mjs';
import { watch } from '../support/watch.mjs';
import { ctr as makeCtr } from './adapters/ctr.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { skopeo as makeSkopeo } from './adapters/skopeo.mjs';
import { find, forThisMachine, INDEX, SECRET } from './references.mjs';

const HOT = ['acme/kiosk', 'balenablocks/layers', INDEX];
const COLD = 'balenablocks/legacy';
const settings = {
  ...{ TARGET_SECONDS: '1', VERSION_SECONDS: '1', TAG_SECONDS: '1', TOKEN_SECONDS: '1' },
  ...{ CREDENTIAL_SECONDS: '1', UPSTREAM_DEADLINE_MS: '1000' },
};

const options = needsRoot('docker', 'dockerd', 'podman', 'skopeo', 'containerd', 'ctr');
if (options.skip) test('outage', options, () => {});
else await tests();

async function tests() {
  const here = await bench();
  const { seed, credentials } = here.upstream;
  const { apiKey: password } = credentials.owner;
  const warm = await here.start(settings);
  const at = ({ url }, name) => `${new URL(url).host}/${name}`;
  const warming = await makeDocker();
  for (const name of HOT) await warming.pullOnly(at(warm, name));
  await warming.pullOnly(at(warm, SECRET), { password });

  const workers = {
    'the Worker that served it before': warm,
    'a Worker with empty memory': await here.start(settings),
  };
  for (const [which, worker] of Object.entries(workers)) {
    // Each client has a storage of its own, which is empty at first.
    const clients = {
      docker: (await makeDocker()).pull,
      podman: makePodman().pull,
      skopeo: withSkopeo(makeSkopeo()),
      containerd: (await makeCtr()).pull,
    };
    for (const [client, pull] of Object.entries(clients)) {
      describe(`${client}, while API and registry are down, by ${which}`, () => {
        before(() => sleep(1000));
        const takeDown = async () => {
          for (const part of ['api', 'registry']) await here[part].fail('refuse');
        };

        for (const name of HOT) {
          test(`pulls ${name}, which was pulled before`, async () => {
            await takeDown();
            const { digest, ...release } = find(seed.releases, name);
            const seen = watch(here.upstream);
            const got = await pull(at(worker, name));
            const own = forThisMachine(release);
            assert.ok(
              [digest, own.digest].some((one) => got.includes(one)),
              `${got}`,
            );
            assert.ok(seen.storage().length >= own.layers.length);
            assert.deepEqual([...seen.api(), ...seen.registry()], []);
          });
        }
        for (const [what, name, credential] of [
          ['a private application, although it was pulled before', SECRET, { password }],
          ['a private application without a credential', SECRET, {}],
          ['an image that was not pulled before', COLD, {}],
        ]) {
          test(`does not pull ${what}, and reports a bad gateway`, async () => {
            await takeDown();
            await assert.rejects(pull(at(worker, name), credential), /502 \(?Bad Gateway/);
          });
        }
        test('pulls them when API and registry are up again', async () => {
          await here.heal();
          for (const [name, credential] of [
            [SECRET, { password }],
            [HOT[0], {}],
          ]) {
            assert.ok((await pull(at(worker, name), credential)).length > 0);
          }
        });
      });
    }
  }
}

// Copies only this machine's image, also of an index.
function withSkopeo({ copy }) {
  const options = ['--override-os', 'linux'];
  return async (name, credential) => [(await copy(name, { ...credential, options })).digest];
}
