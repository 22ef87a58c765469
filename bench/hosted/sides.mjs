import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeRegistryToken } from '../../dev/upstream/registry-token.mjs';
import { basic, bearer, send, token } from '../../tests/support/http.mjs';
import { sendBody } from '../../tests/support/pushing.mjs';
import { expect } from '../../tests/support/registry.mjs';
import { startBhcr } from '../bhcr.mjs';
import { startDistribution } from '../distribution.mjs';
import { startWorker, workerFile } from '../workerd.mjs';
import { client, split } from './client.mjs';
import { startStores } from './stores.mjs';

/** The images of a side: what is pushed, and one with few tags and one with many. */
const IMAGES = ['pushed', 'few', 'many'];
const ACTIONS = ['pull', 'push'];
// No release is asked for, so nothing is upstream.
const NOWHERE = { registry: 'http://127.0.0.1:9', api: 'http://127.0.0.1:9' };

/**
 * Starts bhcr and a plain Worker on the same local R2, and distribution on a folder. Answers
 * `{ bhcr, js_store, distribution, run }`, where `run` is that of bhcr's database. Each side has
 * `id`, `title` and `pid`, takes a blob with `stream`, `put` and `chunks`, and deletes its bytes with
 * `forget`; a registry also has a client of each image.
 */
export async function startHostedSides(lifetime, { ground, programs }) {
  const { addresses, run } = await startStores(lifetime);
  const plain = await startPlain(lifetime, addresses);
  return {
    bhcr: { ...(await startHosted(lifetime, addresses)), forget: plain.forget },
    js_store: plain,
    distribution: await startEmpty(lifetime, { ground, program: programs['docker-registry'] }),
    run,
  };
}

async function startHosted(lifetime, stores) {
  const admin = `bha_${randomBytes(32).toString('hex')}`;
  const { url, pid } = await startBhcr(lifetime, { ...NOWHERE, stores, ADMIN_TOKEN: admin });
  const made = await send(url, '/api/v1/accounts', {
    ...{ method: 'POST', body: '{"name":"bench"}' },
    headers: { ...bearer(admin), 'content-type': 'application/json' },
  });
  const { account, key } = expect(made, 201).json;
  const name = (image) => `${account}/${image}`;
  const scopes = IMAGES.map((image) => `repository:${name(image)}:${ACTIONS}`);
  const held = await token(url, scopes, { headers: basic(key, 'KEY') });
  return { ...registry({ url, name, token: held }), id: 'bhcr', title: 'bhcr', pid, account };
}

/** Starts the Worker that stores bytes with no registry around them. */
export async function startPlain(lifetime, { r2 }) {
  const { url, pid } = await startWorker(lifetime, 'store', {
    modules: [['main', workerFile('store.js')]],
    bindings: ['( name = "OBJECTS", r2Bucket = "r2" )'],
    external: { r2 },
  });
  async function ask(method, path, pieces, length) {
    return expect(await sendBody(url, path, { method, pieces, length }), 201).text;
  }
  function same(read, { digest }) {
    if (read !== digest) throw new Error(`the plain Worker read ${read}`);
  }
  const put = async (blob, query = '') =>
    same(await ask('PUT', `/${blob.digest}${query}`, blob.from(), blob.length), blob);
  async function chunks(blob, count) {
    const path = `/${blob.digest}`;
    const id = encodeURIComponent(await ask('POST', path, [], 0));
    const parts = [];
    for (const { number, first, end } of split(blob, count)) {
      const part = `${path}?id=${id}&part=${number + 1}`;
      parts.push(JSON.parse(await ask('PUT', part, blob.from(first, end), end - first)));
    }
    const text = JSON.stringify(parts);
    same(await ask('POST', `${path}?id=${id}`, [text], text.length), blob);
  }
  return {
    ...{ id: 'js_store', title: 'plain Worker', pid, stream: put, chunks },
    put: (blob) => put(blob, `?sha256=${blob.digest.split(':')[1]}`),
    // All that is in R2, as nothing that is measured reads it again.
    forget: async () => expect(await send(url, '/', { method: 'DELETE' }), 204),
  };
}

async function startEmpty(lifetime, { ground, program }) {
  const { issued, certificate } = ground;
  const root = lifetime.scratch('images');
  const server = await startDistribution(lifetime, { program, root, issued, certificate });
  const name = (image) => `bench/${image}`;
  const access = IMAGES.map((image) => ({
    ...{ type: 'repository', name: name(image), actions: ACTIONS },
  }));
  const held = await makeRegistryToken(issued, access);
  function forget({ digest }) {
    const [algorithm, hex] = digest.split(':');
    const blobs = join(root, 'docker/registry/v2/blobs');
    rmSync(join(blobs, algorithm, hex.slice(0, 2), hex), { recursive: true });
  }
  const { url, pid } = server;
  const clients = registry({ url, name, token: held });
  return { ...clients, id: 'distribution', title: 'distribution', pid, forget };
}

function registry({ url, name, token: held }) {
  const clients = IMAGES.map((image) => [image, client(url, name(image), held)]);
  const images = Object.fromEntries(clients);
  const { stream, put, chunks } = images.pushed;
  return { ...images, stream, put, chunks };
}
