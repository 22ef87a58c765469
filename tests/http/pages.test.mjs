// Pages for people, from the built Worker before the local upstream's real OData and registry.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { faults, startFakeUpstream } from '../support/fake-upstream.mjs';
import { forwarded, front } from '../support/front.mjs';
import { send } from '../support/http.mjs';
import { assertStatus } from '../support/oci.mjs';
import { streaming } from '../support/upstream.mjs';

const ACCEPT = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const HTML = 'text/html; charset=utf-8';
const here = await front();
const { control, seed } = here.upstream;

const open = (path, { url = here.url, headers, method } = {}) =>
  send(url, path, { method, headers: { accept: ACCEPT, ...headers } });

function assertPage(reply, status) {
  assertStatus(reply, status);
  assert.equal(reply.headers['content-type'], HTML);
  assert.equal(reply.headers.vary, 'accept');
  assert.equal(reply.headers['x-content-type-options'], 'nosniff');
  assert.equal(reply.headers['referrer-policy'], 'no-referrer');
  assert.equal(reply.headers['cache-control'], status === 200 ? 'public, max-age=60' : 'no-store');
}

const entry = (slug, rawVersion) =>
  seed.releases.find((it) => it.slug === slug && it.rawVersion === rawVersion);

test("the policy lets the page's own style and script act, and nothing else", async () => {
  const reply = await open('/');
  assertPage(reply, 200);
  const hash = (tag) => {
    const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(reply.text)[1];
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  };
  assert.equal(
    reply.headers['content-security-policy'],
    `default-src 'none'; style-src ${hash('style')}; script-src ${hash('script')}; ` +
      `img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
  assert.equal(reply.text.match(/<script/g).length, 1);
  assert.doesNotMatch(reply.text, /(src|href)="(https?:)?\/\/|@import|url\(|style="|onclick="/);
});

test('Accept decides between a page and what registry clients are told', async () => {
  for (const path of ['/', '/balenablocks/browser', '/balenablocks/browser/2.6.0', '/nothing']) {
    const page = await open(path);
    assertPage(page, path === '/nothing' ? 404 : 200);
    for (const accept of ['*/*', 'application/json', 'text/html;q=0', undefined]) {
      const reply = await send(here.url, path, { headers: accept && { accept } });
      assertStatus(reply, 404);
      assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8');
      assert.equal(reply.headers.vary, 'accept');
    }
  }
  for (const path of ['/v2/', '/v2/balenablocks/browser/manifests/latest', '/api/v1/accounts']) {
    assert.notEqual((await open(path)).headers['content-type'], HTML, path);
  }
});

test('HEAD has the headers of GET and no body, and other methods have no page', async () => {
  for (const path of ['/', '/balenablocks/browser', '/balenablocks/browser/2.6.0', '/no/app']) {
    const [page, head] = [await open(path), await open(path, { method: 'HEAD' })];
    assert.equal(head.text, '');
    const stable = ({ status, headers }) => {
      const { 'x-request-id': _id, date: _date, ...rest } = headers;
      for (const name of ['content-length', 'transfer-encoding', 'connection', 'keep-alive']) {
        delete rest[name];
      }
      return { status, headers: rest };
    };
    assert.deepEqual(stable(head), stable(page), path);
  }
  for (const method of ['POST', 'PUT', 'DELETE']) {
    assertPage(await open('/balenablocks/browser', { method }), 404);
  }
});

test('an application is shown with its releases, and each leads to its own page', async () => {
  const page = await open('/balenablocks/browser');
  assertPage(page, 200);
  const links = [...page.text.matchAll(/<a href="(\/balenablocks\/browser\/[^"]+)">/g)];
  const versions = ['2.7.0-pre.1.1763000000001', '2.6.0', '2.5.0', '2.4.0-1763000000000'];
  const paths = [...versions, '2.3.8-rev2', '2.3.8-rev1', '2.3.8-rev0'];
  assert.deepEqual(
    links.map(([, path]) => path),
    paths.map((it) => `/balenablocks/browser/${it}`),
  );
  const raw = [...versions, '2.3.8+rev2', '2.3.8+rev1', '2.3.8'];
  for (const [at, [, path]] of links.entries()) {
    const { digest, commit, platforms } = entry('balenablocks/browser', raw[at]);
    const release = await open(path);
    assertPage(release, 200);
    assert.ok(release.text.includes(`<code>${digest}</code>`), path);
    assert.ok(release.text.includes(`<code>${commit}</code>`), path);
    assert.ok(release.text.includes(`<code>${platforms[0].layers[0].digest}</code>`), path);
    assert.match(release.text, /<dt>Platform<\/dt><dd>linux\/amd64<\/dd>/);
    assert.match(release.text, /<dt>Command<\/dt><dd><code>&quot;\/bin\/sh&quot;<\/code><\/dd>/);
    assert.match(release.text, /<h3>Labels<\/h3><dl class="facts"><dt>title<\/dt>/);
  }
});

test('an index, several services, a pinned and an empty application have pages', async () => {
  const index = await open('/balenablocks/multiarch');
  assertPage(index, 200);
  const multiarch = await open('/balenablocks/multiarch/1.1.0');
  for (const { digest, architecture } of entry('balenablocks/multiarch', '1.1.0').platforms) {
    assert.ok(multiarch.text.includes(`<code>${digest}</code>`));
    assert.ok(multiarch.text.includes(`linux/${architecture}`));
  }
  const gateway = await open('/acme/gateway/1.0.0');
  assert.match(gateway.text, /href="\/acme\/gateway\/1\.0\.0\/browser".*1\.0\.0\/proxy"/);
  assert.match(gateway.text, /<dt>State<\/dt><dd>final<\/dd>/);
  assertPage(await open('/acme/gateway/1.0.0/proxy'), 200);
  assert.match((await open('/acme/gateway')).text, /href="\/acme\/gateway\/latest"/);
  assert.match((await open('/acme/kiosk')).text, />1\.0\.0<\/a> <span class="mark">current</);
  assert.match((await open('/acme/empty')).text, /There are no releases/);
});

test('a private application and a missing one are the same page, at the same cost', async () => {
  const { url } = await here.start();
  for (const end of ['', '/1.0.0', '/latest', '/latest/main']) {
    const told = [];
    for (const app of ['secret', 'absent']) {
      const calls = await forwarded(here.upstream, async () => {
        const reply = await open(`/acme/${app}${end}`, { url });
        assertPage(reply, 404);
        told.push(reply.text.replaceAll(app, 'NAME'));
      });
      told.push(calls.map((call) => `${call.method} ${call.url}`.replaceAll(app, 'NAME')));
    }
    assert.deepEqual(told.slice(0, 2), told.slice(2), end);
  }
});

test('a page costs one query, a hot one none, and a redirected config one call to storage', async () => {
  const { url } = await here.start();
  const cost = async (path, at = url) => {
    const calls = await forwarded(here.upstream, async () =>
      assertPage(await open(path, { url: at }), 200),
    );
    return calls.map((call) => call.url.split('?')[0].replace(/[0-9a-f]{32,}/g, '#'));
  };
  assert.deepEqual(await cost('/acme/kiosk'), ['/v7/application']);
  assert.deepEqual(await cost('/acme/kiosk'), []);
  const release = (await cost('/acme/kiosk/1.1.0')).toSorted();
  assert.equal(release.length, 6, release.join(' '));
  assert.deepEqual(await cost('/acme/kiosk/1.1.0'), []);
  const streams = await here.start(streaming(here.upstream));
  assert.equal((await cost('/acme/kiosk/1.1.0', streams.url)).length, 5);
});

test('releases are paged from the newest to the oldest, each once', async () => {
  const slug = 'acme/many';
  await control.createApplication({ slug });
  const first = await control.createRelease(slug, { semver: '0.1.0' });
  await control.createManyReleases(slug, first.commit, 45);
  const seen = [];
  const calls = await forwarded(here.upstream, async () => {
    for (let path = `/${slug}`; path; ) {
      const page = await open(path);
      assertPage(page, 200);
      const rows = [...page.text.matchAll(/<a href="\/acme\/many\/([^"]+)">([^<]+)<\/a>/g)];
      seen.push(...rows.filter(([, selector]) => selector !== 'latest').map(([, , text]) => text));
      path = /<a href="(\/acme\/many\?before=\d+)">Older/.exec(page.text)?.[1];
    }
  });
  const all = Array.from({ length: 45 }, (_, at) => `1.0.${44 - at}`);
  assert.deepEqual(seen, [...all, '0.1.0']);
  assert.equal(calls.length, 3);
  const tooHigh = await forwarded(here.upstream, async () =>
    assertPage(await open(`/${slug}?before=${2 ** 31}`), 404),
  );
  assert.deepEqual(tooHigh, []);
});

test('the look-up box leads to a page of this host', async () => {
  const { host } = new URL(here.url);
  for (const q of ['acme/kiosk', `${host}/acme/kiosk`, `${here.url}/acme/kiosk`]) {
    const reply = await open(`/?q=${encodeURIComponent(q)}`);
    assertStatus(reply, 303);
    assert.equal(reply.headers.location, '/acme/kiosk');
  }
  const reply = await open(`/?q=${encodeURIComponent('//evil.example/"><script>x</script>')}`);
  assertPage(reply, 400);
  assert.equal(reply.headers.location, undefined);
  assert.ok(!reply.text.includes('<script>x'));
});

test('what upstream says stands in a page as text, and its outage is a page', async () => {
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
  const image = { status: 'success', is_a_build_of__service: [{ service_name: hostile }] };
  const row = { id: 1, commit: hostile, raw_version: hostile, created_at: hostile };
  const release = { ...row, is_final: true, release_image: [{ image: [image] }] };
  const application = { slug: 'a/b', owns__release: [release] };
  const fake = await startFakeUpstream();
  after(fake.stop);
  fake.heal();
  fake.answers.applications = faults.json({ d: [application] });
  const { url } = await here.start(fake.settings);
  const page = await open('/acme/kiosk', { url });
  assertPage(page, 200);
  assert.equal(page.text.match(/<script/g).length, 1);
  assert.doesNotMatch(page.text, /<img/);
  assert.match(page.text, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  fake.answers.applications = faults.text('nonsense');
  const outage = await open('/acme/other', { url });
  assertPage(outage, 502);
  assert.match(outage.text, /<h1>Not available just now<\/h1>/);
  assert.doesNotMatch(outage.text, /nonsense|JSON|127\.0\.0\.1:\d+\/v7/);
});
