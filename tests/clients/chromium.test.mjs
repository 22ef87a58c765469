// Pages in Chromium: their look, their keyboard, what they copy, and what they do without JavaScript.
// The pictures are in build/screenshots; the README shows some of them.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../dev/setup/paths.mjs';
import { openPage, startChromium } from '../support/chromium.mjs';
import { needs, needsRoot } from '../support/clients.mjs';
import { front } from '../support/front.mjs';
import { streaming } from '../support/upstream.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PICTURES = join(root, 'build', 'screenshots');
const PHONE = { width: 390, height: 844 };
const APP = '/balenablocks/browser';
const PAGES = {
  home: '/',
  application: APP,
  older: `${APP}?before=5`,
  release: `${APP}/2.6.0`,
  index: '/balenablocks/multiarch/1.1.0',
  services: '/acme/gateway/1.0.0',
  missing: `${APP}/9.9.9`,
  mistyped: '/?q=Not+a+name',
};

const picture = (page, name) =>
  page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: page.viewport().width > 390 });

const { skip } = needs('chromium');
if (skip) test('chromium', { skip }, () => {});
else await inChromium();

async function inChromium() {
  const here = await front();
  const browser = await startChromium();
  // Pictures have the host that readers know, and not the port of a test.
  const shown = await here.start({ ...streaming(here.upstream), PUBLIC_ORIGIN: 'https://bhcr.io' });
  mkdirSync(PICTURES, { recursive: true });

  const looks = { 'light-wide': { scheme: 'light' }, 'dark-narrow': { scheme: 'dark', ...PHONE } };
  for (const [name, look] of Object.entries(looks)) {
    test(`axe finds nothing in any page, ${name}`, async () => {
      const axe = readFileSync(AXE, 'utf8');
      const { page, context, troubles } = await openPage(browser, shown.url, look);
      for (const [which, path] of Object.entries(PAGES)) {
        await page.goto(`${shown.url}${path}`);
        await page.evaluate(axe);
        const { violations, incomplete } = await page.evaluate(() => globalThis.axe.run());
        const told = [...violations, ...incomplete].map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
        );
        assert.deepEqual(told, [], path);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - globalThis.innerWidth,
        );
        assert.ok(overflow <= 0, `${path} is ${overflow} pixels too wide`);
        await picture(page, `${which}-${name}`);
      }
      // A page that is not found is an error to the browser, which says so on the console.
      const unexpected = troubles.filter((it) => !/status of 40[04]/.test(it));
      assert.deepEqual(unexpected, []);
      await context.close();
    });
  }

  test('both colour schemes have their pictures in both widths', async () => {
    const more = { 'dark-wide': { scheme: 'dark' }, 'light-narrow': { scheme: 'light', ...PHONE } };
    for (const [name, look] of Object.entries(more)) {
      const { page, context, troubles } = await openPage(browser, shown.url, look);
      for (const which of ['application', 'release']) {
        await page.goto(`${shown.url}${PAGES[which]}`);
        const back = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        assert.equal(back, look.scheme === 'dark' ? 'rgb(18, 22, 26)' : 'rgb(255, 255, 255)');
        await picture(page, `${which}-${name}`);
      }
      assert.deepEqual(troubles, []);
      await context.close();
    }
  });

  test('somebody copies a pull command with the keyboard, and docker runs it', async (t) => {
    const { page, context, troubles } = await openPage(browser, here.url);
    await context.overridePermissions(here.url, ['clipboard-read', 'clipboard-sanitized-write']);
    await page.goto(`${here.url}${APP}/2.6.0`);
    await page.focus('.pull button');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.getElementById('copied').textContent === 'Copied');
    const command = await page.evaluate(() => navigator.clipboard.readText());
    const { host } = new URL(here.url);
    assert.equal(command, `docker pull ${host}${APP}/2.6.0`);
    const all = await page.$$eval('.pull button', (buttons) => buttons.length);
    assert.equal(all, 5);
    assert.deepEqual(troubles, []);
    await context.close();

    const root = needsRoot('docker', 'dockerd');
    if (root.skip) return t.skip(root.skip);
    const { docker } = (await makeDocker()).fresh();
    const [program, ...args] = command.split(' ');
    assert.equal(program, 'docker');
    const { stdout } = await docker(args);
    const { digest } = here.upstream.seed.releases.find(
      (it) => it.slug === 'balenablocks/browser' && it.rawVersion === '2.6.0',
    );
    assert.ok(stdout.includes(`Digest: ${digest}`), stdout);
  });

  test('the look-up box, links and focus work by keyboard alone', async () => {
    const { page, context, troubles } = await openPage(browser, here.url);
    await page.goto(here.url);
    const focused = () =>
      page.evaluate(() => {
        const { tagName, id } = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        return `${tagName}#${id} ${outlineStyle} ${outlineWidth}`;
      });
    const order = [];
    for (let tab = 0; tab < 3; tab++) {
      await page.keyboard.press('Tab');
      order.push(await focused());
    }
    assert.deepEqual(order, ['A# solid 2px', 'INPUT#q solid 2px', 'BUTTON# solid 2px']);
    await page.focus('#q');
    await page.keyboard.type('balenablocks/browser');
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    assert.equal(page.url(), `${here.url}${APP}`);
    await page.focus(`a[href="${APP}/2.5.0"]`);
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    assert.equal(await page.$eval('h1', (it) => it.textContent), 'balenablocks/browser/2.5.0');
    assert.deepEqual(troubles, []);
    await context.close();
  });

  test('without JavaScript every page works, and every command can be selected', async () => {
    const { page, context, troubles } = await openPage(browser, here.url, { script: false });
    await page.goto(here.url);
    await page.type('#q', 'balenablocks/browser');
    await Promise.all([page.waitForNavigation(), page.click('header button')]);
    assert.equal(page.url(), `${here.url}${APP}`);
    await Promise.all([page.waitForNavigation(), page.click('tbody tr:nth-child(2) a')]);
    assert.equal(page.url(), `${here.url}${APP}/2.6.0`);
    assert.equal(await page.$('.pull button'), null);
    await page.click('.pull pre', { count: 3 });
    const selected = await page.evaluate(() => String(getSelection()).trim());
    assert.equal(selected, `docker pull ${new URL(here.url).host}${APP}/2.6.0`);
    assert.deepEqual(troubles, []);
    await context.close();
  });

  test('the policy stops markup that came into a page', async () => {
    const { page, context, troubles } = await openPage(browser, here.url);
    await page.goto(`${here.url}${APP}`);
    const stopped = await page.evaluate(async () => {
      const told = [];
      addEventListener('securitypolicyviolation', (it) => told.push(it.effectiveDirective));
      const added = [
        '<img src="https://evil.example/x">',
        '<p style="color:red" onclick="alert(1)">x</p>',
      ];
      document.body.insertAdjacentHTML('beforeend', added.join(''));
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.body.append(script);
      await fetch('/ping').catch(() => {});
      await new Promise((done) => setTimeout(done));
      return { ran: globalThis.ran ?? false, told: [...new Set(told)].toSorted() };
    });
    assert.equal(stopped.ran, false);
    const directives = ['connect-src', 'img-src', 'script-src-attr', 'script-src-elem'];
    assert.deepEqual(stopped.told, [...directives, 'style-src-attr']);
    assert.ok(troubles.length > 0, 'troubles are noticed');
    await context.close();
  });
}
