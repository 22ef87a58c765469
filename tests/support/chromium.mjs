import { after } from 'node:test';
import puppeteer from 'puppeteer-core';
import { program } from './clients.mjs';

/** Starts Chromium for this test file, and stops it when the file ends. */
export async function startChromium() {
  const browser = await launchChromium();
  after(() => browser.close());
  return browser;
}

/** Starts Chromium. Its sandbox works neither for root nor on every system, and the pages are ours. */
export const launchChromium = () =>
  puppeteer.launch({ executablePath: program('chromium'), args: ['--no-sandbox'] });

/**
 * Opens a page in a fresh profile, and notes what a good page never causes: messages on the console,
 * errors, violations of the policy, and requests that fail or leave `origin`. `look` has the `width`
 * and `height` of the window, the colour `scheme`, and whether `script` may run.
 */
export async function openPage(browser, origin, look = {}) {
  const { width = 1100, height = 800, scheme = 'light', script = true } = look;
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const troubles = [];
  page.on('console', (message) => troubles.push(message.text()));
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('requestfailed', (request) => troubles.push(`${request.url()} failed`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith('data:'))
      troubles.push(`${url} was asked`);
  });
  await page.setJavaScriptEnabled(script);
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  return { page, context, troubles };
}
