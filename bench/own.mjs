#!/usr/bin/env node
// node bench/own.mjs [--rounds N]: the Worker's own part, without a server (bench/README.md).
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { builtFiles } from '../dev/size.mjs';
import { sha256 } from '../dev/upstream/images/layer.mjs';
import { release } from '../tests/support/fake-upstream.mjs';
import { makeLifetime } from './lifetime.mjs';
import { manyLike } from './manifests.mjs';
import { seal } from './seal.mjs';
import { median } from './stats.mjs';
import { data, startWorker, text, workerFile } from './workerd.mjs';

const NAME = 'acme/bench/1.0.0';
const HOST = 'registry.example';
const LOCATION = `v2/${'0123456789abcdef'.repeat(2)}`;
const TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
const LAYERS = 20;
const MODULES = ['empty', 'duties', 'memory', 'rewrite', 'session'].map((name) => `${name}.js`);
const SESSION_MS = 60 * 60 * 1000;
// How often a side runs in a round, so that a round takes some tens of milliseconds.
const TIMES = {
  ...{ empty: 20_000, js_edge: 4_000, bhcr_warm: 4_000 },
  ...{ bhcr_cache: 500, js_duties: 1_000, bhcr_pass: 1_000 },
};
const PAIRS = { bhcr_warm: 'js_edge', bhcr_pass: 'js_duties' };

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' } } });
const lifetime = makeLifetime();
try {
  const grants = { [NAME]: LOCATION };
  const session = { expires: Date.now() + SESSION_MS, grants, token: upstreamToken() };
  const { key, sealed } = await seal(session);
  const worker = await start(key);
  await prepare(worker, sealed);
  report(await measure(worker, Number(values.rounds)));
} finally {
  await lifetime.end();
}

function start(key) {
  const modules = [
    ['own.js', workerFile('own.js')],
    ...MODULES.map((name) => [name, workerFile(name)]),
    ['index.js', builtFiles.js],
    ['./index_bg.wasm', builtFiles.wasm],
  ];
  const settings = {
    ...{ REGISTRY_URL: `https://${HOST}`, API_URL: 'https://api.example' },
    ...{ REGISTRY: `https://${HOST}`, ORIGIN: 'https://bhcr.example' },
    ...{ TOKEN_SECRET: randomBytes(32).toString('hex'), TAG_SECONDS: '0' },
  };
  const bindings = Object.entries(settings).map(([name, value]) => text(name, value));
  bindings.push(data('KEY', key));
  return startWorker(lifetime, 'own', { modules, bindings, flags: ['--expose-gc'] });
}

async function prepare({ url }, sealed) {
  const first = Buffer.from(JSON.stringify(manifest()));
  const all = [{ digest: sha256(first), bytes: first }, ...manyLike(first)];
  const manifests = all.map(({ digest, bytes }) => ({ digest, text: bytes.toString() }));
  const told = { d: [release(`${HOST}/${LOCATION}`)] };
  const body = JSON.stringify({
    ...{ name: NAME, type: TYPE, manifests, sealed },
    ...{ release: JSON.stringify(told), token: JSON.stringify({ token: upstreamToken() }) },
  });
  const reply = await fetch(url, { method: 'POST', body });
  const statuses = await reply.text();
  if (statuses !== `[${Object.keys(TIMES).map(() => 200)}]`)
    throw new Error(`not prepared: ${reply.status} ${statuses}`);
}

/** The microseconds of a request to each side, in each round. */
async function measure({ url, pid }, rounds) {
  const samples = Object.fromEntries(Object.keys(TIMES).map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [side, times] of Object.entries(TIMES)) {
      const began = threadUs(pid);
      await (await fetch(`${url}/${side}?times=${times}`)).text();
      samples[side].push((threadUs(pid) - began) / times);
    }
  }
  return samples;
}

// The processor time of the runtime's main thread, on which Workers run. Linux counts it in
// nanoseconds. Other work on the machine counts only where it slows that thread down.
function threadUs(pid) {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
}

function report(samples) {
  const least = (side) => Math.min(...samples[side]);
  for (const side of Object.keys(samples)) {
    const other = PAIRS[side];
    const ratio = other ? `  ${(least(side) - least(other)).toFixed(2)} over ${other}` : '';
    const figures = [least(side), median(samples[side])].map((it) => it.toFixed(2).padStart(7));
    console.log(`${side.padEnd(12)}${figures.join('')}${ratio}`);
  }
}

function manifest() {
  const descriptor = (mediaType) => ({
    mediaType,
    size: 1_000_000,
    digest: sha256(randomBytes(32)),
  });
  const layer = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
  return {
    schemaVersion: 2,
    mediaType: TYPE,
    config: descriptor('application/vnd.docker.container.image.v1+json'),
    layers: Array.from({ length: LAYERS }, () => descriptor(layer)),
  };
}

// As long as the API's; nobody checks its signature here.
function upstreamToken() {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const access = [{ type: 'repository', name: LOCATION, actions: ['pull'] }];
  const claims = { access, iat: now, nbf: now, exp: now + 14_400, aud: HOST, iss: 'api.example' };
  const signature = randomBytes(64).toString('base64url');
  return [part({ alg: 'ES256', typ: 'JWT', kid: 'bench' }), part(claims), signature].join('.');
}
