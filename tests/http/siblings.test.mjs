// One name for all architectures: an index of siblings, where no application has their short name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { bench } from '../support/bench.mjs';
import { pull, token } from '../support/http.mjs';
import { follow, granted, sha256, under } from '../support/location.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { costOf } from '../support/pulling.mjs';
import { indexOf, SENSOR, siblingsOn } from '../support/siblings.mjs';
import { streaming } from '../support/upstream.mjs';

const here = await bench();
const { control } = here.upstream;
const { owner, stranger, sibling, listed, forget } = siblingsOn(here);
const commit = sibling('aarch64', '1.0.0').commit;
const of = (version, ...architectures) => architectures.map((it) => [it, version]);
const FIRST = of('1.0.0', 'amd64', 'aarch64', 'armv7hf', 'rpi');
const NEWEST = [
  ...of('1.1.0', 'amd64', 'aarch64'),
  ...of('1.0.0', 'armv7hf'),
  ...of('1.1.0', 'rpi'),
];
const FORMS = {
  '': NEWEST,
  '/latest': NEWEST,
  '/1.1.0': of('1.1.0', 'amd64', 'aarch64', 'rpi'),
  '/v1.0.0': FIRST,
  '/1.0.0-rev0/main': FIRST,
  '/1.0': FIRST,
  '/1': NEWEST,
  [`/${commit}`]: of('1.0.0', 'aarch64'),
  [`/${commit.slice(0, 7)}`]: of('1.0.0', 'aarch64'),
};

for (const [who, options, sees] of [
  ['anybody', {}, ['amd64', 'aarch64', 'armv7hf']],
  ['a stranger', stranger, ['amd64', 'aarch64', 'armv7hf']],
  ['the owner', owner, ['amd64', 'aarch64', 'armv7hf', 'rpi']],
]) {
  test(`${who} gets the siblings that they may see, by each form of name`, async () => {
    const worker = await here.start();
    for (const [end, members] of Object.entries(FORMS)) {
      const expected = listed(members.filter(([architecture]) => sees.includes(architecture)));
      const { manifests } = await indexOf(worker, `${SENSOR}${end}`, options);
      assert.deepEqual(manifests, expected, `${SENSOR}${end}`);
    }
  });
}

test('every isolate writes the same index, whatever KV, cache and memory have forgotten', async () => {
  const digests = new Set();
  for (let isolate = 0; isolate < 2; isolate += 1) {
    const worker = await here.start();
    for (const name of [`${SENSOR}/1.1.0`, `${SENSOR}/1.1`]) {
      digests.add((await indexOf(worker, name)).digest);
      forget();
    }
  }
  assert.equal(digests.size, 1);
});

for (const [kind, vars, status] of [
  ['storage that redirects', {}, 307],
  ['a registry that streams', streaming(here.upstream), 200],
]) {
  test(`the index, its manifests and their blobs are pulled from ${kind} after a loss of all stores`, async () => {
    const [first, second] = [await here.start(vars), await here.start(vars)];
    const name = `${SENSOR}/1.1.0`;
    const held = await token(first.url, [pull(name)], owner);
    const head = await under(held, first.url, name, 'manifests', 'latest', { method: 'HEAD' });
    assertStatus(head, 200);
    const digest = head.headers['docker-content-digest'];
    forget();
    const index = await under(held, second.url, name, 'manifests', digest);
    assertStatus(index, 200);
    assert.equal(sha256(index.body), digest);
    assert.equal(head.headers['content-length'], String(index.body.length));
    for (const child of index.json.manifests) {
      forget();
      const { url } = await here.start(vars);
      const manifest = await under(held, url, name, 'manifests', child.digest);
      assertStatus(manifest, 200);
      assert.equal(sha256(manifest.body), child.digest);
      const { config, layers } = manifest.json;
      for (const blob of [config, ...layers]) {
        forget();
        const reply = await under(held, url, name, 'blobs', blob.digest);
        assertStatus(reply, status);
        const got = status === 307 ? (await follow(reply)).digest : sha256(reply.body);
        assert.equal(got, blob.digest);
      }
    }
    const other = `sha256:${'0'.repeat(64)}`;
    const missing = await under(held, second.url, name, 'manifests', other);
    assertError(missing, 404, 'MANIFEST_UNKNOWN');
    assertError(await under(held, second.url, name, 'blobs', other), 404, 'BLOB_UNKNOWN');
  });
}

test('conditions hold for an index, and clients that do not accept an index get it', async () => {
  const worker = await here.start();
  const { digest } = await indexOf(worker, `${SENSOR}/1.1.0`);
  const { manifest } = await granted(worker, `${SENSOR}/1.1.0`);
  const etag = `"${digest}"`;
  const known = await manifest('latest', { headers: { 'if-none-match': etag } });
  assertStatus(known, 304);
  assert.equal(known.headers.etag, etag);
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const old = await manifest('latest', { headers: { accept } });
  assert.equal(old.headers['docker-content-digest'], digest);
});

test('after the time of its meaning, a tag needs a new token, and digests do not', async () => {
  // Long enough for one pull on a slow machine.
  const worker = await here.start({ VERSION_SECONDS: '5' });
  const { held, manifest } = await granted(worker, `${SENSOR}/1.1.0`);
  const index = await manifest('latest');
  assertStatus(index, 200);
  let late = index;
  while (late.status === 200) {
    await setTimeout(100);
    late = await manifest('latest');
  }
  assertError(late, 401, 'UNAUTHORIZED');
  assert.match(late.headers['www-authenticate'], /error="invalid_token"/);
  for (const digest of [index.headers['docker-content-digest'], index.json.manifests[0].digest]) {
    assertStatus(await under(held, worker.url, `${SENSOR}/1.1.0`, 'manifests', digest), 200);
  }
});

test('one service of several is selected in all siblings', async () => {
  const versions = {};
  for (const [architecture, cpu] of Object.entries({ amd64: 'amd64', aarch64: 'arm64' })) {
    const slug = `acme/pair-${architecture}`;
    await control.createApplication({ slug });
    const images = { api: { architectures: [cpu] }, web: { architectures: [cpu] } };
    versions[architecture] = (
      await control.createRelease(slug, { semver: '1.0.0', images })
    ).images;
  }
  const worker = await here.start();
  for (const service of ['api', 'web']) {
    const { manifests } = await indexOf(worker, `acme/pair/1.0.0/${service}`);
    const expected = ['amd64', 'aarch64'].map(
      (it) => versions[it].find((image) => image.service === service).digest,
    );
    assert.deepEqual(
      manifests.map(({ digest }) => digest),
      expected,
    );
  }
  const { manifest } = await granted(worker, 'acme/pair/1.0.0');
  assert.match(assertError(await manifest('latest'), 403, 'DENIED'), /services: api, web/);
});

test('a sibling may be an index itself, and an image that says no platform is left out', async () => {
  const made = {};
  for (const [architecture, architectures] of Object.entries({
    amd64: ['amd64', 'arm64'],
    aarch64: ['no word'],
    rpi: ['arm/v6'],
  })) {
    const slug = `acme/odd-${architecture}`;
    await control.createApplication({ slug });
    const images = { main: { architectures } };
    [made[architecture]] = (await control.createRelease(slug, { semver: '1.0.0', images })).images;
  }
  const worker = await here.start();
  const { digest, manifests } = await indexOf(worker, 'acme/odd');
  forget();
  const other = await granted(await here.start(), 'acme/odd');
  assert.equal(sha256((await other.manifest(digest)).body), digest);
  const expected = [...made.amd64.platforms, made.rpi];
  assert.deepEqual(
    manifests.map(({ digest }) => digest),
    expected.map(({ digest }) => digest),
  );
  const { manifest, blob } = await granted(worker, 'acme/odd');
  for (const { digest, layers } of made.amd64.platforms) {
    assertStatus(await manifest(digest), 200);
    assertStatus(await blob(layers[0].digest), 307);
  }
  // The index of the first sibling may have any blob, so its location is asked first.
  const [{ layers }] = made.rpi.platforms;
  const refused = (_, response) => response.writeHead(403).end();
  const only = new RegExp(`${made.amd64.repository}/blobs`);
  await here.registry.fail('refused', { only, answer: refused });
  assertStatus(await blob(layers[0].digest), 307);
  assertError(await blob(`sha256:${'0'.repeat(64)}`), 404, 'NAME_UNKNOWN');
});

test('while a config cannot be read, there is no index, and it is read again afterwards', async () => {
  const worker = await here.start();
  forget();
  const { manifest } = await granted(worker, `${SENSOR}/1.1.0`);
  for (const [fault, status, code] of [
    ['500', 502, 'UNAVAILABLE'],
    ['429', 429, 'TOOMANYREQUESTS'],
  ]) {
    await here.registry.fail(fault, { only: /blobs/ });
    assertError(await manifest('latest'), status, code);
    await here.heal();
  }
  const again = await here.start();
  const { manifests } = await indexOf(again, `${SENSOR}/1.1.0`);
  assert.deepEqual(manifests, listed(of('1.1.0', 'amd64', 'aarch64')));
});

test('an index costs five calls to the API, one for each manifest and config, and then none', async () => {
  for (const [architecture, cpu] of Object.entries({ amd64: 'amd64', aarch64: 'arm64' })) {
    const slug = `acme/priced-${architecture}`;
    await control.createApplication({ slug });
    await control.createRelease(slug, {
      semver: '1.0.0',
      images: { main: { architectures: [cpu] } },
    });
  }
  const once = async () => {
    const worker = await here.start();
    const ask = () => indexOf(worker, 'acme/priced/1.0.0');
    return { cold: await costOf(here, ask), hot: await costOf(here, ask) };
  };
  const kind = (call) => call.match(/^GET \/(v7\/\w+|auth|v2\/v2\/\w+\/\w+)/)[1];
  const { cold, hot } = await once();
  assert.deepEqual(cold.map((call) => kind(call).replace(/^v2\/v2\/\w+/, 'v2')).sort(), [
    ...['auth', 'auth', 'v2/blobs', 'v2/blobs', 'v2/manifests', 'v2/manifests'],
    ...['v7/application', 'v7/application', 'v7/release'],
  ]);
  assert.deepEqual(hot, []);
  assert.deepEqual(await once(), { cold: [], hot: [] }, 'another isolate');
});

test('a token for eight such names has less than 6 kB, or the error says to ask for fewer', async () => {
  const { url } = await here.start();
  const ends = ['', '/latest', '/1', '/1.0', '/1.1', '/1.0.0', '/1.1.0', '/1.1.0/main'];
  const held = await token(
    url,
    ends.map((end) => pull(`${SENSOR}${end}`)),
    owner,
  );
  assert.ok(held.length <= 6 * 1024, `${held.length}`);
  for (const end of ends) {
    assertStatus(await under(held, url, `${SENSOR}${end}`, 'manifests', 'latest'), 200);
  }
});
