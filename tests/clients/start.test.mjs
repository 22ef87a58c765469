import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../dev/ports.mjs';
import { needs, needsRoot, scratch } from '../support/clients.mjs';
import { descendants, isAlive } from '../support/processes.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';
import { helm as makeHelm } from './adapters/helm.mjs';
import { digestsOf, podman as makePodman } from './adapters/podman.mjs';
import { skopeo as makeSkopeo } from './adapters/skopeo.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const NEEDS = {
  docker: needsRoot('docker', 'dockerd'),
  helm: needs('helm'),
  podman: needs('podman'),
  skopeo: needs('skopeo'),
};

const port = await freePort();
const host = `localhost:${port}`;
const started = await start();
const commands = started.said.match(/\b(docker|helm|podman|skopeo) \S.*$/gm) ?? [];
const clients = {
  docker: NEEDS.docker.skip ? undefined : (await makeDocker()).fresh().docker,
  helm: NEEDS.helm.skip ? undefined : makeHelm().keeping(),
  podman: makePodman().podman,
  skopeo: makeSkopeo().skopeo,
};
const cwd = scratch('start');
const outputs = new Map();

describe('npm start, without a terminal', () => {
  test('starts everything, and prints commands to try', () => {
    assert.match(started.said, /Ctrl-C ends/);
    const tried = Object.keys(NEEDS).filter((client) =>
      commands.some((command) => command.startsWith(`${client} `)),
    );
    assert.deepEqual(tried, Object.keys(NEEDS));
    const local = /^helm (create|package) /;
    assert.ok(commands.every((command) => command.includes(host) || local.test(command)));
  });
  for (const command of commands) {
    const [client, ...args] = command.trim().split(/ +/);
    const name = args.find((arg) => arg.includes(host))?.split(host)[1] ?? args[1];
    test(`prints a command that works: ${client} ${args[0]} ${name}`, NEEDS[client], async () => {
      outputs.set(command, await clients[client](args, { cwd }));
    });
  }
  test('podman pulls what docker pushed, with the same digest', NEEDS.docker, async () => {
    const push = commands.find((command) => command.startsWith('docker push '));
    const [, pushed] = outputs.get(push).stdout.match(/digest: (sha256:[0-9a-f]{64})/);
    const name = push.split(' ').at(-1);
    const format = ['--format', '{{json .RepoDigests}}'];
    const { stdout } = await clients.podman(['image', 'inspect', ...format, name]);
    // podman lists the digest of the release as well, which has the same layers and config.
    const pulled = digestsOf(JSON.parse(stdout), name);
    assert.ok(pulled.includes(pushed), `${pulled} has ${pushed}`);
  });
  test('ends after SIGINT, and leaves no process behind', async () => {
    const all = [started.child.pid, ...(await descendants(started.child.pid))];
    assert.ok(all.length >= 5, `only ${all.length} processes were running`);
    started.child.kill('SIGINT');
    const [code] = await started.ended;
    assert.equal(code, 0);
    assert.deepEqual(await outliving(all), []);
  });
});

/** The processes that are still there after a while. The system may take a moment to remove them. */
async function outliving(pids) {
  const end = Date.now() + 5000;
  while (pids.some(isAlive) && Date.now() < end) await sleep(50);
  return pids.filter(isAlive);
}

async function start() {
  const child = spawn(process.execPath, ['dev/start.mjs', '--port', `${port}`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const result = { child, ended, said: '' };
  const ready = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        result.said += text;
        if (result.said.includes('Ctrl-C ends')) resolve();
      });
    }
  });
  await Promise.race([ready, ended, sleep(180_000, undefined, { ref: false })]);
  return result;
}
