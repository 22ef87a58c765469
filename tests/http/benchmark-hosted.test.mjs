// What the benchmark measures of hosted repositories.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { NO_STORES, startBhcr } from '../../bench/bhcr.mjs';
import { newBlob } from '../../bench/hosted/blobs.mjs';
import { FEW, fillFew, fillMany, MANY } from '../../bench/hosted/fill.mjs';
import { HOSTED_QUESTIONS } from '../../bench/hosted/ratios.mjs';
import { makeHostedResults } from '../../bench/hosted/results.mjs';
import { runHostedRounds } from '../../bench/hosted/rounds.mjs';
import { startHostedSides } from '../../bench/hosted/sides.mjs';
import { makeTasks } from '../../bench/hosted/tasks.mjs';
import { makeLifetime } from '../../bench/lifetime.mjs';
import { findProgram } from '../../dev/setup/programs.mjs';
import { loadSigner } from '../../dev/upstream/keys.mjs';
import { send } from '../support/http.mjs';
import { digestOf } from '../support/registry.mjs';

const LAYER = 1_000_000;
// Its half is a chunk, which R2 takes as a part from 5 MiB on.
const CHUNKED = 10_500_000;
const lifetime = makeLifetime();
after(lifetime.end);
const signer = loadSigner(lifetime.scratch('keys'));
const { run, ...sides } = await startHostedSides(lifetime, {
  ground: {
    issued: { signer, issuer: 'the benchmark', audience: 'the registry' },
    certificate: signer.certificateFile,
  },
  programs: { 'docker-registry': findProgram('docker-registry') },
});
const { bhcr, distribution, js_store: plain } = sides;
for (const side of [bhcr, distribution]) await fillFew(side);
await fillMany(bhcr, run);
const tasks = makeTasks({ layer: LAYER, chunked: CHUNKED });

describe('the client of the benchmark', () => {
  for (const side of [bhcr, distribution]) {
    for (const [how, work] of Object.entries({
      'in one stream': ({ stream }, blob) => stream(blob),
      'in one request': ({ put }, blob) => put(blob),
      'in chunks': ({ chunks }, blob) => chunks(blob, 2),
      'after a HEAD': ({ pushed }, blob) => pushed.offer(blob),
    })) {
      test(`pushes a blob ${how} to ${side.title}`, async () => {
        const blob = newBlob(LAYER);
        await work(side, blob);
        const { body } = await side.pushed.get(`blobs/${blob.digest}`);
        assert.equal(digestOf(body), blob.digest);
      });
    }
    test(`fails where ${side.title} refuses`, async () => {
      const wrong = { ...newBlob(LAYER), digest: digestOf('something else') };
      await assert.rejects(side.stream(wrong), /400 instead of 201/);
      await assert.rejects(side.put(wrong), /400 instead of 201/);
      await assert.rejects(side.few.get('manifests/unknown'), /404 instead of 200/);
    });
  }
});

describe('the plain Worker', () => {
  test('hashes what it stores, or has R2 check it', async () => {
    const blob = newBlob(LAYER);
    await plain.stream(blob);
    await plain.put(blob);
    const wrong = { ...blob, digest: digestOf('something else') };
    await assert.rejects(plain.stream(wrong), new RegExp(`read ${blob.digest}`));
    await assert.rejects(plain.put(wrong), /500 instead of 201/);
  });

  test('stores chunks as parts, and reads them back', async () => {
    const blob = newBlob(CHUNKED);
    await plain.chunks(blob, 2);
    const wrong = { ...blob, digest: digestOf('something else') };
    await assert.rejects(plain.chunks(wrong, 2), new RegExp(`read ${blob.digest}`));
  });

  test('has the R2 of bhcr, and empties it', async () => {
    const blob = newBlob(LAYER);
    await bhcr.stream(blob);
    await plain.forget();
    await assert.rejects(bhcr.pushed.get(`blobs/${blob.digest}`), /instead of 200/);
  });
});

test('the images have few and many tags', async () => {
  for (const [image, expected] of [
    [bhcr.few, FEW],
    [distribution.few, FEW],
    [bhcr.many, MANY],
  ]) {
    const all = new Set();
    for (let last = ''; ; last = [...all].at(-1)) {
      const { tags } = (await image.get(`tags/list?n=1000&last=${last}`)).json;
      const before = all.size;
      for (const tag of tags) all.add(tag);
      if (all.size === before) break;
    }
    assert.equal(all.size, expected);
  }
});

test('each task is measured on each of its sides, and each ratio has a figure', async () => {
  const limits = { rounds: 2, until: Number.POSITIVE_INFINITY, say() {} };
  const samples = await runHostedRounds(sides, tasks, limits);
  for (const { id, on } of tasks) {
    for (const side of on) assert.equal(samples[id][side].length, 2, `${id} of ${side}`);
  }
  const { ratios } = makeHostedResults({ sides, tasks, samples });
  assert.deepEqual(Object.keys(ratios), Object.keys(HOSTED_QUESTIONS));
  for (const [name, ratio] of Object.entries(ratios)) assert.ok(ratio > 0, `${name}: ${ratio}`);
});

test('a ratio says how many times faster bhcr is', () => {
  const took = (seconds) => [{ seconds, cpu_ms: 10 * seconds }];
  const ofSides = ({ on }) => Object.fromEntries(on.map((id) => [id, took(id === 'bhcr' ? 2 : 3)]));
  const samples = Object.fromEntries(tasks.map((task) => [task.id, ofSides(task)]));
  const { ratios, cpu_ratios } = makeHostedResults({ sides, tasks, samples });
  assert.equal(ratios.push_layer_vs_js, 1.5);
  assert.equal(ratios.tags_of_many_vs_few, 1);
  assert.equal(cpu_ratios.push_image_vs_distribution, 1.5);
});

test('a release is measured with hosting on and off', async () => {
  const nowhere = { registry: 'http://127.0.0.1:9', api: 'http://127.0.0.1:9' };
  for (const [stores, hosting] of [
    [NO_STORES, 'the database does not answer'],
    [undefined, 'off'],
  ]) {
    const { url } = await startBhcr(lifetime, { ...nowhere, stores });
    assert.equal((await send(url, '/healthz')).json.hosting, hosting);
  }
});
