// A token is asked for by a release's name while the release is being resolved.

import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { jwt, LOCATION, startFakeUpstream } from '../support/fake-upstream.mjs';
import '../support/failed-test.mjs';
import { pull, send } from '../support/http.mjs';
import { assertStatus } from '../support/oci.mjs';
import { startWorkerd } from '../support/workerd.mjs';

const upstream = await startFakeUpstream();
const worker = await startWorkerd({ ...upstream.settings });
after(() => Promise.all([upstream, worker].map((one) => one.stop())));
beforeEach(() => {
  upstream.heal();
  upstream.seen.length = 0;
});

const ask = (...names) =>
  send(worker.url, `/auth/v1/token?${names.map((name) => `scope=${pull(name)}`).join('&')}`);
const tokensFor = () =>
  upstream.seen
    .filter(({ url }) => url.startsWith('/auth/'))
    .map(({ url }) => new URLSearchParams(url.split('?')[1]).get('scope'));

test('the API gets both requests before it answers either, and no third one', async () => {
  const { release, token } = upstream.answers;
  const waiting = [];
  const together = (answer) => (request, response) => {
    waiting.push(() => answer(request, response));
    if (waiting.length === 2) for (const go of waiting) go();
  };
  Object.assign(upstream.answers, { release: together(release), token: together(token) });
  assertStatus(await ask('acme/early'), 200);
  assert.deepEqual(tokensFor(), ['repository:acme/early:pull']);
});

test('a token for another location is not used: the API is asked again, by location', async () => {
  upstream.answers.token = (request, response) => {
    const scope = new URL(request.url, upstream.url).searchParams.get('scope');
    const name = scope === pull(LOCATION) ? LOCATION : `v2/${'1'.repeat(32)}`;
    const access = [{ type: 'repository', name, actions: ['pull'] }];
    response.end(JSON.stringify({ token: jwt({ access }) }));
  };
  assertStatus(await ask('acme/moved'), 200);
  assert.deepEqual(tokensFor(), ['repository:acme/moved:pull', pull(LOCATION)]);
});

test('two names in one request are asked for by location', async () => {
  assertStatus(await ask('acme/one', 'acme/two'), 200);
  assert.ok(!tokensFor().some((scope) => scope.includes('acme')), `${tokensFor()}`);
});
