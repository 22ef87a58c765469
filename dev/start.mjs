#!/usr/bin/env node
// Runs bhcr in front of a local upstream: node dev/start.mjs [--port 8787]
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { accountToTry, pushesToTry } from './hosting-to-try.mjs';
import { migrate } from './migrations.mjs';
import { isFree } from './ports.mjs';
import { bin, local, pathWith, root } from './setup/paths.mjs';
import { startChild } from './upstream/child.mjs';
import { startUpstream } from './upstream/index.mjs';
import { pullsToTry } from './upstream/pulls-to-try.mjs';

// The ports of the upstream, if they are free.
const UPSTREAM_PORTS = { api: 8790, registry: 8791, streaming: 8792, storage: 8793 };
const READY_MS = 60_000;
// Where wrangler keeps KV, D1 and R2.
const KEPT = '.local/wrangler';

const { values } = parseArgs({ options: { port: { type: 'string', default: '8787' } } });
const port = Number(values.port);
const workerLog = join(local, 'worker.log');
const running = [];
let ending = false;

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => end(0));
try {
  await main();
} catch (error) {
  console.error(error.message);
  await end(1);
}

async function main() {
  if (!(await isFree(port))) {
    throw new Error(
      `Port ${port} is taken. Stop what listens there, or choose another port: npm start -- --port 8788`,
    );
  }
  console.log('Starting the local upstream …');
  mkdirSync(local, { recursive: true });
  const ports = await preferredPorts();
  const upstream = await startUpstream({ dir: join(local, 'upstream'), ports });
  running.push(upstream);

  console.log('Starting the Worker …');
  await migrate({ persistTo: KEPT });
  const worker = startWorker(upstream);
  running.push(worker);
  await ready(worker);
  const host = `localhost:${port}`;
  const file = join(local, 'hosting.json');
  const toTry = await accountToTry({ url: `http://${host}`, adminToken: adminToken(), file });
  console.log(pullsToTry(host, upstream));
  console.log(pushesToTry(host, toTry));
  console.log(`The Worker's log is ${relative(root, workerLog)}. Ctrl-C ends everything.`);
  await worker.gone;
  if (!ending) throw new Error(`The Worker has ended; see ${relative(root, workerLog)}.`);
}

async function preferredPorts() {
  const ports = await Promise.all(
    Object.entries(UPSTREAM_PORTS).map(async ([name, wanted]) => [
      name,
      (await isFree(wanted)) ? wanted : 0,
    ]),
  );
  return Object.fromEntries(ports);
}

function startWorker({ api, registry }) {
  const settings = [
    `REGISTRY_URL:${registry.url}`,
    `API_URL:${api.url}`,
    `TOKEN_SECRET:${tokenSecret()}`,
    `ADMIN_TOKEN:${adminToken()}`,
  ];
  const where = ['--ip', '127.0.0.1', '--port', `${port}`, '--persist-to', KEPT];
  const quiet = ['--show-interactive-dev-session=false'];
  const output = openSync(workerLog, 'w', 0o600);
  const worker = startChild(
    [join(bin, 'wrangler'), 'dev', ...where, ...quiet, '--var', ...settings],
    { stdout: output, stderr: output, env: workerEnvironment(), cwd: root },
  );
  closeSync(output);
  return worker;
}

function workerEnvironment() {
  return {
    ...process.env,
    PATH: pathWith(bin),
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
  };
}

function tokenSecret() {
  return keptSecret('token-secret', '');
}

function adminToken() {
  return keptSecret('admin-token', 'bha_');
}

// Made once, so that tokens outlive a restart.
function keptSecret(name, prefix) {
  const file = join(local, name);
  const secret = () => `${prefix}${randomBytes(32).toString('hex')}`;
  if (!existsSync(file)) writeFileSync(file, secret(), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

async function ready(worker) {
  const giveUp = Date.now() + READY_MS;
  while (Date.now() < giveUp && worker.isRunning()) {
    if ((await ping()) === 'pong') return;
    await sleep(200);
  }
  const log = readFileSync(workerLog, 'utf8').slice(-2000);
  throw new Error(`The Worker does not answer on port ${port}:\n${log}`);
}

async function ping() {
  try {
    const response = await fetch(`http://localhost:${port}/ping`);
    return (await response.text()).trim();
  } catch {
    return undefined;
  }
}

async function end(code) {
  ending = true;
  await Promise.all(running.map(({ stop }) => stop()));
  process.exit(code);
}
