import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ownDigest } from '../support/own-digest.mjs';
import { find, INDEX, references, SECRET } from './references.mjs';

const MISSING = 'acme/nothing/1.0.0';
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;
const few = ['by version', 'by service', 'of Docker schema 2', 'with an OCI index'];

/**
 * What is promised to every client, on one kind of storage. `pull(name, { password })` pulls, where
 * `name` has the host before and perhaps a tag or digest behind it, and answers the digests that
 * the client has for it then.
 */
export function pulls({ upstream, url, pull, except = [], only, ...options }) {
  const { host } = new URL(url);
  const { releases } = upstream.seed;
  const kinds = references(upstream.seed).filter(
    ({ kind }) => !except.includes(kind) && (!only || only.includes(kind)),
  );

  async function promise(name, suffix = '', { password, digest } = {}) {
    const entry = find(releases, name);
    const own = digest ?? (await ownDigest(upstream, entry));
    const digests = await pull(`${host}/${name}${suffix}`, { password });
    const known = [entry, ...entry.platforms].map((manifest) => manifest.digest);
    assert.ok(digests.includes(own), `${digests} has not ${own}`);
    assert.deepEqual(
      digests.filter((one) => !known.includes(one)),
      [],
    );
  }

  describe('pulls what the registry itself has', options, () => {
    for (const { kind, name } of kinds) test(kind, () => promise(name));
    test('by tag', () => promise(INDEX, ':latest'));
    test('by the digest of an index', () => promise(INDEX, `@${find(releases, INDEX).digest}`));
    for (const { digest, architecture } of find(releases, INDEX).platforms) {
      test(`by the digest of an index's child for ${architecture}`, () =>
        promise(INDEX, `@${digest}`, { digest }));
    }
  });

  describe('pulls the private application', options, () => {
    const { apiKey, sessionToken } = upstream.credentials.owner;
    test('with an API key', () => promise(SECRET, '', { password: apiKey }));
    test('with a session token', () => promise(SECRET, '', { password: sessionToken }));
  });

  describe('refuses', options, () => {
    const refused = (name, message, credential = {}) =>
      assert.rejects(pull(`${host}/${name}`, credential), (error) => {
        assert.match(error.output ?? error.stack, message);
        return true;
      });
    test('a digest that does not exist', () => refused(`acme/kiosk@${NO_DIGEST}`, /not ?found|unknown|404/i));
    test('wrong credentials, even for what is public', () =>
      refused('acme/kiosk', /wrong credentials|401|unauthorized/i, { password: 'wrong' }));
    test('the private application for one who may not see it', () =>
      refused(SECRET, /not ?found/i, { password: upstream.credentials.stranger.apiKey }));
    test('the private application in the same words as one that does not exist', async () => {
      const said = (name) =>
        pull(`${host}/${name}`, {}).then(
          () => assert.fail(`${name} was pulled`),
          (error) => meaning(error.output, name),
        );
      assert.equal(await said(SECRET), await said(MISSING));
    });
  });
}

/** The kinds of reference that are enough where all were pulled from another storage. */
pulls.few = few;

// What a client said, without the name, times and its own counts.
const meaning = (output, name) =>
  output
    .replaceAll(name, 'NAME')
    .replaceAll(name.replace('/1.0.0', ''), 'SLUG')
    .replaceAll(/\d{4}[-/]\d\d[-/]\d\d[T ][\d:.Z]+/g, 'TIME')
    .replaceAll(/elapsed: *[\d.]+ *s?.*/g, '');
