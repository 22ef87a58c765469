// A pull-through cache, the registry "distribution" itself, in front of bhcr.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { freePort } from '../../dev/ports.mjs';
import { registryCommand } from '../../dev/upstream/registry/command.mjs';
import { scratch } from '../support/clients.mjs';
import { startServer } from '../support/process.mjs';
import { watch } from '../support/watch.mjs';
import { skopeo as makeSkopeo } from './adapters/skopeo.mjs';
import { find } from './references.mjs';
import { suite } from './suite.mjs';

const NAME = 'balenablocks/layers';

await suite('pull-through', { programs: ['skopeo'] }, async ({ upstream, start }) => {
  const { copy } = makeSkopeo();
  const { apiKey } = upstream.credentials.owner;
  const { digest, platforms } = find(upstream.seed.releases, NAME);

  test('a pull-through cache with a credential asks for many tokens, and the API is asked once', async () => {
    const worker = await start({ CREDENTIAL_SECONDS: '600' });
    const host = await startMirror(worker.url, apiKey);
    const seen = watch(upstream);
    const { digest: got } = await copy(`${host}/${NAME}`);
    assert.equal(got, digest);
    const [{ layers }] = platforms;
    assert.ok(layers.length >= 20);
    const asked = tokenRequests(worker);
    assert.ok(asked > 2, `the cache asked for ${asked} tokens`);
    const calls = seen.api().map(({ method, url }) => `${method} ${url.split('?')[0]}`);
    assert.deepEqual(calls.sort(), ['GET /auth/v1/token', 'GET /v7/release']);
  });

  test('a pull-through cache says of a name that is not granted that it has no such manifest', async () => {
    const host = await startMirror((await start()).url, apiKey);
    await assert.rejects(copy(`${host}/acme/nothing`), /manifest unknown/);
  });
});

const tokenRequests = (worker) => worker.output().split('"route":"token"').length - 1;

/** Starts a pull-through cache of a registry, which logs in with a password. Answers its host. */
async function startMirror(remoteurl, password) {
  const dir = scratch('mirror');
  const host = `127.0.0.1:${await freePort()}`;
  const config = {
    version: '0.1',
    log: { level: 'error' },
    http: { addr: host },
    storage: { filesystem: { rootdirectory: join(dir, 'files') } },
    proxy: { remoteurl, username: 'anyone', password },
  };
  const file = join(dir, 'mirror.json');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const [command, ...args] = registryCommand(dir, file);
  const ready = () =>
    fetch(`http://${host}/v2/`)
      .then(({ ok }) => ok)
      .catch(() => false);
  const server = await startServer(command, args, { ready });
  after(server.stop);
  return host;
}
