import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after } from 'node:test';
import { program } from './clients.mjs';
import { startServer } from './process.mjs';
import { run } from './run.mjs';

/**
 * Starts a docker engine for this test file, and stops it when the file ends. `storage` is the name
 * of its storage driver. An engine that keeps images in `containerd` starts that by itself.
 */
export async function startDockerd({ daemon, client, storage, containerd }) {
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-dockerd-'));
  const address = `unix://${join(dir, 'docker.sock')}`;
  const server = await startServer(
    program(daemon),
    [
      ...['--debug', '--iptables=false', '--ip6tables=false', '--bridge=none'],
      ...['--storage-driver', storage, '--data-root', join(dir, 'data'), '--host', address],
      ...['--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'pid')],
    ],
    {
      env: { ...process.env, ...(containerd && { PATH: firstOnPath(program(containerd)) }) },
      ready: () => answers(client, ['--host', address, 'version']),
    },
  );
  after(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return { address, output: server.output };
}

const firstOnPath = (file) => [dirname(file), process.env.PATH].join(delimiter);

const answers = (client, args) =>
  run(program(client), args).then(
    () => true,
    () => false,
  );
