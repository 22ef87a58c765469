import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownDigest } from '../support/own-digest.mjs';
import { FEW, find, forThisMachine, INDEX, references, SECRET } from './references.mjs';

const NOTHING = 'acme/nothing/1.0.0';
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

/**
 * Tests what bhcr promises to every client. `pull(name, { password })` pulls a name that begins with
 * the host and may end with a tag or digest, and answers the digests that the client then has for it.
 * Set `picks` for a client that keeps only this machine's image of an index. If a client does not show
 * the registry's message, `denied` is what it says of a name that is not granted, `unknown` of a digest
 * that does not exist, and `wrong` of wrong credentials.
 */
export function contract({ client, redirects, streams, ...context }) {
  const { upstream } = context;
  describe(`${client}, storage that redirects`, () => {
    const here = { ...context, host: new URL(redirects).host };
    pulls(here, references(upstream.seed));
    pullsPrivate(here);
    refuses(here);
  });
  describe(`${client}, a registry that streams`, () => {
    const here = { ...context, host: new URL(streams).host };
    const few = references(upstream.seed).filter(({ kind }) => FEW.includes(kind));
    pulls(here, few);
    pullsPrivate(here);
    refuses(here);
  });
}

function pulls(context, kinds) {
  const { platforms, digest } = find(context.upstream.seed.releases, INDEX);
  describe('ends with the digest that the registry itself has', () => {
    for (const { kind, name } of kinds) test(`of a release ${kind}`, () => check(context, name));
    test('by tag', () => check(context, INDEX, { suffix: ':latest' }));
    test('by the digest of an index', () => check(context, INDEX, { suffix: `@${digest}` }));
    for (const child of platforms) {
      const suffix = `@${child.digest}`;
      test(`by the digest of an index's child for ${child.architecture}`, () =>
        check(context, INDEX, { suffix, digest: child.digest }));
    }
  });
}

function pullsPrivate(context) {
  const { apiKey, sessionToken } = context.upstream.credentials.owner;
  describe('pulls the private application', () => {
    test('with an API key', () => check(context, SECRET, { password: apiKey }));
    test('with a session token', () => check(context, SECRET, { password: sessionToken }));
  });
}

function refuses({ upstream, host, pull, ...says }) {
  const { denied, unknown = /this release has no such manifest/ } = says;
  const { wrong = /wrong credentials: log in with/ } = says;
  const told = (message) => denied ?? message;
  const private_ = told(
    new RegExp(`not found\\. If it is private, log in first: docker login ${host}`),
  );
  const { apiKey } = upstream.credentials.stranger;
  const printed = (name, credential = {}) =>
    pull(`${host}/${name}`, credential).then(
      () => assert.fail(`${name} was pulled`),
      (error) => meaning(error.output, name),
    );

  describe('refuses', () => {
    test('a digest that does not exist', async () =>
      assert.match(await printed(`acme/kiosk@${NO_DIGEST}`), unknown));
    test('wrong credentials, even for a public image, and says so', async () =>
      assert.match(await printed('acme/kiosk', { password: 'wrong' }), wrong));
    test('a private application, and says what to do', async () =>
      assert.match(await printed(SECRET), private_));
    test('a private application to another user, and says the same', async () =>
      assert.match(await printed(SECRET, { password: apiKey }), private_));
    test('a private application in the words for one that does not exist', async () =>
      assert.equal(await printed(SECRET), await printed(NOTHING)));
    test('a release of several services, and lists them', async () =>
      assert.match(await printed('acme/gateway/1.0.0'), told(/several services: browser, proxy/)));
  });
}

async function check(
  { upstream, host, pull, picks },
  name,
  { suffix = '', password, digest } = {},
) {
  const entry = find(upstream.seed.releases, name);
  const whole = digest ?? (await ownDigest(upstream, entry));
  const own = picks && whole === entry.digest ? forThisMachine(entry).digest : whole;
  const digests = await pull(`${host}/${name}${suffix}`, { password });
  const known = [entry, ...entry.platforms].map((manifest) => manifest.digest);
  assert.ok(digests.includes(own), `${own} is not among ${digests}`);
  assert.deepEqual(
    digests.filter((one) => !known.includes(one)),
    [],
  );
}

/** What a client printed, without what differs each time: name, time, durations and progress. */
const meaning = (output, name) =>
  output
    .replaceAll(name, 'NAME')
    .replaceAll(name.split('/', 2).join('/'), 'SLUG')
    .replaceAll(/\d{4}[-/]\d\d[-/]\d\d[T ][\d:.]+Z?/g, 'TIME')
    .replaceAll(/^[EWI]\d{4} [\d:.]+ +\d+ /gm, '')
    // ctr draws its progress ten times a second, so a quick answer leaves no such line.
    .replaceAll(/^.*: resolving +\|.*\n/gm, '')
    .replaceAll(/^.*elapsed:.*$/gm, '')
    .replaceAll(/^(#\d+ .*)?\n/gm, '');
