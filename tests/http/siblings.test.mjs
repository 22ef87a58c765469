// One name for all architectures: an index of siblings, where no application has their short name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bench } from '../support/bench.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { follow, granted, sha256, under } from '../support/location.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';
import { costOf } from '../support/pulling.mjs';
import { streaming } from '../support/upstream.mjs';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const SENSOR = 'acme/sensor';
const PLATFORMS = {
  amd64: { architecture: 'amd64', os: 'linux' },
  aarch64: { architecture: 'arm64', os: 'linux' },
  armv7hf: { architecture: 'arm', os: 'linux', variant: 'v7' },
  rpi: { architecture: 'arm', os: 'linux', variant: 'v6' },
};
const here = await bench();
const { control, credentials, seed } = here.upstream;
const owner = { headers: bearer(credentials.owner.apiKey) };
const stranger = { headers: bearer(credentials.stranger.apiKey) };
const sibling = (architecture, version) =>
  seed.siblings.find(
    ({ slug, rawVersion }) => slug === `${SENSOR}-${architecture}` && rawVersion === version,
  );

// The index that lists one version of these siblings.
const listing = (architectures, version) =>
  architectures.map((architecture) => {
    const { digest, size, mediaType } = sibling(architecture, version);
    return { mediaType, digest, size, platform: PLATFORMS[architecture] };
  });

async function indexOf({ url }, name, options, reference = 'latest') {
  const { manifest } = await granted({ url }, name, options);
  const reply = await manifest(reference);
  assertStatus(reply, 200);
  assert.equal(reply.headers['content-type'], INDEX);
  assert.equal(reply.headers['docker-content-digest'], sha256(reply.body), name);
  assert.deepEqual(Object.keys(reply.json), ['schemaVersion', 'mediaType', 'manifests']);
  return { ...reply, digest: sha256(reply.body), manifests: reply.json.manifests };
}

// Forgets everything that Workers share.
function forget() {
  for (const store of [here.kv, here.cache]) for (const key of store.keys()) store.remove(key);
}

const commit = sibling('aarch64', '1.0.0').commit;
const FORMS = {
  '': [
    ['amd64', '1.1.0'],
    ['aarch64', '1.1.0'],
    ['armv7hf', '1.0.0'],
    ['rpi', '1.1.0'],
  ],
  '/latest': [
    ['amd64', '1.1.0'],
    ['aarch64', '1.1.0'],
    ['armv7hf', '1.0.0'],
    ['rpi', '1.1.0'],
  ],
  '/1.1.0': [
    ['amd64', '1.1.0'],
    ['aarch64', '1.1.0'],
    ['rpi', '1.1.0'],
  ],
  '/v1.0.0': [
    ['amd64', '1.0.0'],
    ['aarch64', '1.0.0'],
    ['armv7hf', '1.0.0'],
    ['rpi', '1.0.0'],
  ],
  '/1.0.0-rev0/main': [
    ['amd64', '1.0.0'],
    ['aarch64', '1.0.0'],
    ['armv7hf', '1.0.0'],
    ['rpi', '1.0.0'],
  ],
  '/1.0': [
    ['amd64', '1.0.0'],
    ['aarch64', '1.0.0'],
    ['armv7hf', '1.0.0'],
    ['rpi', '1.0.0'],
  ],
  '/1': [
    ['amd64', '1.1.0'],
    ['aarch64', '1.1.0'],
    ['armv7hf', '1.0.0'],
    ['rpi', '1.1.0'],
  ],
  [`/${commit}`]: [['aarch64', '1.0.0']],
  [`/${commit.slice(0, 7)}`]: [['aarch64', '1.0.0']],
};

for (const [who, options, sees] of [
  ['anybody', {}, ['amd64', 'aarch64', 'armv7hf']],
  ['a stranger', stranger, ['amd64', 'aarch64', 'armv7hf']],
  ['the owner', owner, ['amd64', 'aarch64', 'armv7hf', 'rpi']],
]) {
  test(`${who} gets the siblings that they may see, by each form of name`, async () => {
    const worker = await here.start();
    for (const [end, members] of Object.entries(FORMS)) {
      const expected = members
        .filter(([architecture]) => sees.includes(architecture))
        .flatMap(([architecture, version]) => listing([architecture], version));
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

test('whoever may not see the private sibling gets nothing of it by its digests', async () => {
  const worker = await here.start();
  const name = `${SENSOR}/1.1.0`;
  const own = await granted(worker, name, owner);
  const index = (await own.manifest('latest')).headers['docker-content-digest'];
  const { digest, platforms } = sibling('rpi', '1.1.0');
  assertStatus(await own.manifest(digest), 200);
  for (const options of [{}, stranger]) {
    const { manifest, blob } = await granted(worker, name, options);
    assertError(await manifest(digest), 404, 'MANIFEST_UNKNOWN');
    assertError(await manifest(index), 404, 'MANIFEST_UNKNOWN');
    assertError(await blob(platforms[0].config.digest), 404, 'BLOB_UNKNOWN');
  }
});

test('private siblings and applications are answered as missing ones, by the same calls', async () => {
  await control.createApplication({ slug: 'acme/hidden-amd64', isPublic: false });
  await control.createRelease('acme/hidden-amd64', { semver: '1.0.0' });
  const worker = await here.start();
  for (const options of [{}, stranger]) {
    for (const end of ['', '/1.0.0', '/1', '/9.9.9']) {
      const told = [];
      for (const slug of ['acme/hidden', 'acme/absent']) {
        const neutral = (text) => text.replaceAll(slug, 'NAME');
        const calls = await costOf(here, async () => {
          const { manifest, held } = await granted(worker, `${slug}${end}`, options);
          told.push(neutral(assertError(await manifest('latest'), 403, 'DENIED')));
          const tags = await send(worker.url, `/v2/${slug}${end}/tags/list`, {
            headers: bearer(held),
          });
          told.push(neutral(assertError(tags, 403, 'DENIED')));
        });
        told.push(calls.map(neutral).sort());
      }
      assert.deepEqual(told.slice(0, 3), told.slice(3), end);
    }
  }
  const { manifests } = await indexOf(worker, 'acme/hidden/1.0.0', owner);
  assert.equal(manifests.length, 1);
});

test('an application of that name wins, for those who may see it', async () => {
  for (const [slug, isPublic] of Object.entries({ 'acme/lamp-amd64': true, 'acme/lamp': false })) {
    await control.createApplication({ slug, isPublic });
    await control.createRelease(slug, { semver: '1.0.0' });
  }
  await control.createRelease('acme/lamp-amd64', { semver: '2.0.0' });
  const worker = await here.start();
  assert.equal((await indexOf(worker, 'acme/lamp/1.0.0')).manifests.length, 1);
  const own = await granted(worker, 'acme/lamp/1.0.0', owner);
  assert.notEqual((await own.manifest('latest')).headers['content-type'], undefined);
  assert.equal((await own.manifest('latest')).json.manifests, undefined);
  const two = await granted(worker, 'acme/lamp/2.0.0', owner);
  const message = assertError(await two.manifest('latest'), 403, 'DENIED');
  assert.match(message, /the newest is 1\.0\.0/);
});

test('a version that no sibling has is told with the newest ones', async () => {
  const { manifest } = await granted(await here.start(), `${SENSOR}/9.9.9`);
  const message = assertError(await manifest('latest'), 403, 'DENIED');
  assert.match(
    message,
    /release 9\.9\.9 of acme\/sensor was not found; the newest are 1\.1\.0 and/,
  );
});

test('the list has every version of the siblings that the caller may see', async () => {
  await control.createApplication({ slug: `${SENSOR}-i386`, isPublic: false });
  await control.createRelease(`${SENSOR}-i386`, { semver: '0.9.0' });
  const worker = await here.start();
  for (const [options, tags] of [
    [{}, ['1.0.0', '1.1.0', 'latest']],
    [owner, ['0.9.0', '1.0.0', '1.1.0', 'latest']],
  ]) {
    const held = await token(worker.url, [pull(SENSOR)], options);
    const reply = await send(worker.url, `/v2/${SENSOR}/tags/list`, { headers: bearer(held) });
    assert.deepEqual(reply.json, { name: SENSOR, tags });
  }
  await control.removeApplication(`${SENSOR}-i386`);
});

test('a tag selects the index of a version, and its parts are found by digest', async () => {
  const [first, second] = [await here.start(), await here.start()];
  const { digest, manifests } = await indexOf(first, SENSOR, {}, '1.0.0');
  assert.deepEqual(manifests, listing(['amd64', 'aarch64', 'armv7hf'], '1.0.0'));
  assert.equal(digest, (await indexOf(second, `${SENSOR}/1.0.0`)).digest);
  for (const worker of [first, second]) {
    const { manifest, blob } = await granted(worker, SENSOR);
    assertStatus(await manifest(digest), 200);
    for (const architecture of ['amd64', 'aarch64', 'armv7hf']) {
      const { digest: child, platforms } = sibling(architecture, '1.0.0');
      assertStatus(await manifest(child), 200);
      for (const { digest } of [platforms[0].config, ...platforms[0].layers]) {
        assertStatus(await blob(digest), 307);
      }
    }
  }
});

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
  const worker = await here.start({ VERSION_SECONDS: '1' });
  const { held, manifest } = await granted(worker, `${SENSOR}/1.1.0`);
  const index = await manifest('latest');
  assertStatus(index, 200);
  let late = index;
  while (late.status === 200) late = await manifest('latest');
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
  assert.deepEqual(manifests, listing(['amd64', 'aarch64'], '1.1.0'));
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
