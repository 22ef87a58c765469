import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { program } from './clients.mjs';
import { startServer } from './process.mjs';
import { run } from './run.mjs';

/** Starts a docker engine for this test file, and stops it when the file ends. */
export async function startDockerd() {
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-dockerd-'));
  const address = `unix://${join(dir, 'docker.sock')}`;
  const server = await startServer(
    program('dockerd'),
    [
      ...['--debug', '--iptables=false', '--ip6tables=false', '--bridge=none'],
      ...['--storage-driver=vfs', '--data-root', join(dir, 'data'), '--host', address],
      ...['--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'pid')],
    ],
    { ready: () => answers(['--host', address, 'version']) },
  );
  after(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return { address, output: server.output };
}

const answers = (args) =>
  run(program('docker'), args).then(
    () => true,
    () => false,
  );
