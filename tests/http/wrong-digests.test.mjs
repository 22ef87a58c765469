// A registry that answers bytes with another digest: they are neither served nor kept.

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { bench } from '../support/bench.mjs';
import { changing } from '../support/changing.mjs';
import { granted, sha256 } from '../support/location.mjs';
import { logLine } from '../support/log.mjs';
import { assertError } from '../support/oci.mjs';

const registry = changing();
const here = await bench({ well: { registry: registry.well } });
beforeEach(() => registry.to());
const { releases } = here.upstream.seed;
const find = (slug) => releases.find((it) => it.slug === slug && it.references.includes(slug));
const [kiosk, browser] = ['acme/kiosk', 'balenablocks/browser'].map(find);
const cold = () => here.start({}, { kv: undefined, cache: undefined });

describe('a registry that answers with a wrong manifest', () => {
  const told = { 'docker-content-digest': browser.digest };
  const replaced = (answer) => Buffer.from(answer.body.toString().replace('sha256:', 'sha256:0'));
  const bare =
    (name) =>
    ({ headers, ...rest }) => {
      const { [name]: _, ...others } = headers;
      return { ...rest, headers: others };
    };
  const rows = {
    'other bytes': (answer) => ({ ...answer, body: replaced(answer) }),
    'one byte more': ({ body, ...rest }) => ({
      ...rest,
      body: Buffer.concat([body, body.subarray(0, 1)]),
    }),
    'no bytes': (answer) => ({ ...answer, body: Buffer.alloc(0) }),
    'bytes that are not text': (answer) => ({ ...answer, body: Buffer.from([0xff, 0xfe]) }),
    "another manifest's digest": ({ headers, ...rest }) => ({
      ...rest,
      headers: { ...headers, ...told },
    }),
    'no digest': bare('docker-content-digest'),
    'no type': bare('content-type'),
    'part of it': (answer) => ({ ...answer, status: 206, body: answer.body.subarray(0, 9) }),
    'that it has not changed': (answer) => ({ ...answer, status: 304, body: Buffer.alloc(0) }),
  };
  // For a request by digest, the header does not matter: the Worker hashes the bytes.
  const harmless = ["another manifest's digest", 'no digest'];

  for (const [what, change] of Object.entries(rows)) {
    for (const reference of ['latest', kiosk.digest]) {
      if (reference !== 'latest' && harmless.includes(what)) continue;
      const by = reference === 'latest' ? 'tag' : 'digest';
      test(`${what}, by ${by}: a bad gateway, and the next good answer is served`, async () => {
        const worker = await cold();
        const { manifest } = await granted(worker, kiosk.slug);
        registry.to(change);
        assertError(await manifest(reference), 502, 'UNAVAILABLE');
        assert.equal((await manifest(reference, { method: 'HEAD' })).status, 502);
        registry.to();
        const reply = await manifest(reference);
        assert.equal(sha256(reply.body), kiosk.digest);
        assert.equal((await logLine(worker, reply)).content, 'registry');
      });
    }
  }

  for (const what of harmless) {
    test(`${what}, by digest: served, with the digest of the bytes`, async () => {
      const { manifest } = await granted(await cold(), kiosk.slug);
      registry.to(rows[what]);
      const { headers, body } = await manifest(kiosk.digest);
      assert.equal(headers['docker-content-digest'], kiosk.digest);
      assert.equal(sha256(body), kiosk.digest);
    });
  }
});
