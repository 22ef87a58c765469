import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cleanEnvironment, program, scratch } from '../support/clients.mjs';
import { run } from '../support/run.mjs';
import { suite } from './suite.mjs';

await suite('helm', {}, ({ upstream, redirects, streams }) => {
  const env = cleanEnvironment(scratch('helm'));
  const { owner, stranger } = upstream.credentials;
  const login = (url, password) => {
    const who = ['--username', 'anyone', '--password-stdin'];
    const args = ['registry', 'login', new URL(url).host, '--plain-http', ...who];
    return run(program('helm'), args, { env, input: password });
  };

  for (const [storage, url] of Object.entries({ redirects, streams })) {
    describe(`helm, a registry that ${storage}`, () => {
      const right = {
        'an API key': owner.apiKey,
        'a session token': owner.sessionToken,
        "another user's API key": stranger.apiKey,
      };
      for (const [kind, password] of Object.entries(right)) {
        test(`logs in with ${kind}`, async () => {
          assert.match((await login(url, password)).output, /Login Succeeded/);
        });
      }
      test('does not log in with a wrong password, and says so', () =>
        assert.rejects(login(url, 'wrong'), /wrong credentials: log in with/));
    });
  }
});
