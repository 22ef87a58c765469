// Lists through the local upstream's real OData: releases, near misses, the catalog, and their cost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forwarded, front } from '../support/front.mjs';
import { bearer, pull, send, token } from '../support/http.mjs';
import { assertError, assertStatus } from '../support/oci.mjs';

const MANY = 2000;
const CROWD = 'acme/crowd';
const here = await front();
const { control, credentials, seed } = here.upstream;
const owner = { headers: bearer(credentials.owner.apiKey) };
const stranger = { headers: bearer(credentials.stranger.apiKey) };

await control.createApplication({ slug: CROWD });
const first = await control.createRelease(CROWD, { semver: '0.1.0' });
await control.createManyReleases(CROWD, first.commit, MANY);

async function list(url, name, { query = '', ...caller } = {}) {
  const held = await token(url, [pull(name)], caller);
  return send(url, `/v2/${name}/tags/list${query}`, { headers: bearer(held) });
}

async function manifest(url, name, caller) {
  const held = await token(url, [pull(name)], caller);
  return send(url, `/v2/${name}/manifests/latest`, { headers: bearer(held) });
}

/** The paths that work asks the API for, without their queries. */
async function asked(work) {
  const calls = await forwarded(here.upstream, work);
  return calls.filter(({ url }) => url.startsWith('/v7/')).map(({ url }) => url.split('?')[0]);
}

test('the list has every final release that succeeded, and each is a name that works', async () => {
  const reply = await list(here.url, 'balenablocks/browser');
  assertStatus(reply, 200);
  const tags = ['2.3.8', '2.3.8-rev1', '2.3.8-rev2', '2.5.0', '2.6.0', 'latest'];
  assert.deepEqual(reply.json, { name: 'balenablocks/browser', tags });
  for (const tag of tags) {
    const found = await manifest(here.url, `balenablocks/browser/${tag}`);
    const entry = seed.releases.find(({ references }) =>
      references.includes(`balenablocks/browser/${tag}`),
    );
    assert.equal(found.headers['docker-content-digest'], entry.digest, tag);
  }
});

test('a release that was invalidated is in no list and no line, and still pulled by its name', async () => {
  const slug = 'acme/regretted';
  await control.createApplication({ slug });
  const good = await control.createRelease(slug, { semver: '1.0.0' });
  const bad = await control.createRelease(slug, { semver: '1.1.0' });
  await control.invalidate(slug, bad.commit);
  const { url } = await here.start();
  assert.deepEqual((await list(url, slug)).json.tags, ['1.0.0', 'latest']);
  const digest = async (end) =>
    (await manifest(url, `${slug}/${end}`)).headers['docker-content-digest'];
  assert.equal(await digest('1'), good.images[0].digest);
  assert.equal(await digest('1.1.0'), bad.images[0].digest);
  assert.equal(await digest(bad.commit.slice(0, 7)), bad.images[0].digest);
});

test('the owner lists a private application; for others it is as if it did not exist', async () => {
  const { url } = await here.start();
  const own = await list(url, 'acme/secret', owner);
  assert.deepEqual(own.json, { name: 'acme/secret', tags: ['1.0.0', 'latest'] });
  for (const caller of [{}, stranger]) {
    const told = [];
    for (const name of ['acme/secret', 'acme/absent']) {
      const calls = await asked(async () => {
        const text = assertError(await list(url, name, caller), 403, 'DENIED');
        told.push(text.replaceAll(name, 'NAME'));
        const miss = assertError(await manifest(url, `${name}/9`, caller), 403, 'DENIED');
        told.push(miss.replaceAll(name, 'NAME'));
      });
      told.push(calls.join());
    }
    assert.deepEqual(told.slice(0, 3), told.slice(3));
  }
  const miss = assertError(await manifest(url, 'acme/secret/9', owner), 403, 'DENIED');
  assert.match(miss, /release 9 of acme\/secret was not found; the newest is 1\.0\.0$/);
});

test('an application without a target is listed, to those who may see it, without latest', async () => {
  const [open, closed] = ['acme/aimless', 'acme/hidden-aimless'];
  for (const [slug, isPublic] of Object.entries({ [open]: true, [closed]: false })) {
    await control.createApplication({ slug, isPublic, tracksLatest: false });
    await control.createRelease(slug, { semver: '1.0.0' });
    await control.createRelease(slug, { semver: '1.1.0' });
  }
  const { url } = await here.start();
  const tags = ['1.0.0', '1.1.0'];
  for (const [slug, caller] of [
    [open, {}],
    [open, stranger],
    [closed, owner],
  ]) {
    assert.deepEqual((await list(url, slug, caller)).json, { name: slug, tags });
    const page = await list(url, slug, { ...caller, query: '?n=1' });
    assert.deepEqual([page.json.tags, page.headers.link.includes('last=1.0.0')], [['1.0.0'], true]);
    const missing = assertError(await manifest(url, slug, caller), 403, 'DENIED');
    assert.match(missing, /the current release of .* was not found; the newest are 1\.1\.0 and/);
  }
  for (const caller of [{}, stranger]) {
    const told = [];
    for (const slug of [closed, 'acme/absent-aimless']) {
      const calls = await asked(async () => {
        const text = assertError(await list(url, slug, caller), 403, 'DENIED');
        told.push(text.replaceAll(slug, 'NAME'));
      });
      told.push(calls.join());
    }
    assert.deepEqual(told.slice(0, 2), told.slice(2));
  }
});

test(`of ${MANY} releases, a page, a line and a near miss cost one call each`, async () => {
  const { url } = await here.start();
  const newest = `1.0.${MANY - 1}`;
  const near = await asked(async () => {
    const message = assertError(await manifest(url, `${CROWD}/9.9.9`), 403, 'DENIED');
    assert.match(message, new RegExp(`the newest are ${newest} and 1\\.0\\.${MANY - 2}$`));
  });
  assert.deepEqual(near, ['/v7/release', '/v7/application']);
  for (const line of ['1', '1.0', 'v1']) {
    const calls = await asked(async () =>
      assertStatus(await manifest(url, `${CROWD}/${line}`), 200),
    );
    assert.deepEqual(calls, line === 'v1' ? [] : ['/v7/release']);
  }
  const held = await token(url, [pull(CROWD)]);
  let link = `/v2/${CROWD}/tags/list?n=300`;
  const tags = [];
  const calls = await asked(async () => {
    while (link !== undefined) {
      const reply = await send(url, link, { headers: bearer(held) });
      assertStatus(reply, 200);
      tags.push(...reply.json.tags);
      link = /^<([^>]+)>; rel="next"$/.exec(reply.headers.link ?? '')?.[1];
    }
  });
  assert.deepEqual(calls, ['/v7/application']);
  assert.equal(tags.length, MANY + 2);
  assert.deepEqual(tags, tags.toSorted());
});

test('a short commit of many releases lists some of them', async () => {
  const message = assertError(await manifest(here.url, `${CROWD}/abcdef0`), 403, 'DENIED');
  const commits = message.match(/abcdef0[0-9a-f]{25}/g);
  assert.equal(commits.length, 5, message);
  const found = await manifest(here.url, `${CROWD}/${commits[0]}`);
  assertStatus(found, 200);
});

test('the catalog lists public blocks in pages', async () => {
  const blocks = new Set(
    seed.releases.map(({ slug }) => slug).filter((slug) => slug.startsWith('balenablocks/')),
  );
  const all = await send(here.url, '/v2/_catalog');
  assertStatus(all, 200);
  assert.deepEqual(all.json.repositories.toSorted(), [...blocks].toSorted());
  const seen = [];
  for (let link = '/v2/_catalog?n=2'; link !== undefined; ) {
    const reply = await send(here.url, link);
    assert.ok(reply.json.repositories.length <= 2);
    seen.push(...reply.json.repositories);
    link = /^<([^>]+)>/.exec(reply.headers.link ?? '')?.[1];
  }
  assert.deepEqual(seen, all.json.repositories);
  const { url } = await here.start({ CATALOG_PAGE: '0' });
  assertError(await send(url, '/v2/_catalog'), 404, 'UNSUPPORTED');
});
