import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { basic, bearer, pull, send, token } from '../support/http.mjs';
import { assertStatus } from '../support/oci.mjs';
import { redirecting } from '../support/upstream.mjs';
import { startWorkerd, TEST_SECRET } from '../support/workerd.mjs';
import { startWrangler } from '../support/wrangler.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { SECRET } from './references.mjs';
import { suite } from './suite.mjs';

const FAULTY = 'acme/foreign/1.0.0';
const WRONG = 'a-password-that-nobody-has';
const JWT = /eyJ[\w-]+\.[\w-]+/;

await suite('log', { programs: ['podman'] }, ({ upstream }) => {
  const { owner, stranger } = upstream.credentials;
  const podman = makePodman();

  for (const [where, start] of Object.entries({ workerd: startWorkerd, wrangler: startWrangler })) {
    describe(`the log of a Worker in ${where}`, () => {
      let log;
      const sealed = [];

      test('has the problem when upstream fails', async () => {
        const worker = await start(redirecting(upstream));
        try {
          sealed.push(...(await everything(worker.url)));
        } finally {
          await worker.stop();
        }
        log = worker.output();
        assert.match(log, /"problem":/);
      });
      for (const [kind, { apiKey, sessionToken }] of Object.entries({ owner, stranger })) {
        test(`holds no credential of the ${kind}`, () => {
          for (const password of [apiKey, sessionToken]) hides(log, password);
        });
      }
      test('holds no wrong password', () => hides(log, WRONG));
      test('holds no upstream token', () => assert.doesNotMatch(log, JWT));
      test('holds no sealed token', () => {
        for (const one of sealed) assert.ok(!log.includes(one.slice(0, 24)));
      });
      test('holds no secret', () => hides(log, TEST_SECRET));
    });
  }

  /** Sends secrets to the Worker in every way there is. Answers the tokens that the Worker gave. */
  async function everything(url) {
    const { host } = new URL(url);
    for (const password of [owner.apiKey, owner.sessionToken]) {
      await podman.pullOnly(`${host}/${SECRET}`, { password });
    }
    await assert.rejects(podman.pullOnly(`${host}/${SECRET}`, { password: WRONG }));
    const given = await token(url, [pull(SECRET)], { headers: basic(stranger.apiKey) });
    const form = `grant_type=password&username=a&password=${stranger.sessionToken}&service=s`;
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    await send(url, '/auth/v1/token', { method: 'POST', headers: type, body: form });
    const faulty = `/auth/v1/token?service=s&scope=${encodeURIComponent(pull(FAULTY))}`;
    for (const headers of [basic(owner.apiKey), bearer(owner.sessionToken)]) {
      const failed = await send(url, faulty, { headers });
      assertStatus(failed, 502);
    }
    await send(url, `/v2/${SECRET}/manifests/latest`, { headers: bearer(`${given}x`) });
    return [given];
  }
});

function hides(log, secret) {
  const forms = [
    secret,
    Buffer.from(`anyone:${secret}`).toString('base64'),
    encodeURIComponent(secret),
  ];
  for (const form of forms) assert.ok(!log.includes(form));
}
