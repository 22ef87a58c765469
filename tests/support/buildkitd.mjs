import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { program } from './clients.mjs';
import { startServer } from './process.mjs';
import { run } from './run.mjs';

/** Starts a BuildKit daemon for this test file, and stops it when the file ends. */
export async function startBuildkitd() {
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-buildkitd-'));
  const address = `unix://${join(dir, 'buildkitd.sock')}`;
  const server = await startServer(
    program('buildkitd'),
    [
      ...['--debug', '--root', join(dir, 'root'), '--addr', address],
      ...['--containerd-worker=false', '--oci-worker-snapshotter=native'],
    ],
    {
      ready: () =>
        run(program('buildctl'), ['--addr', address, 'debug', 'workers']).then(
          () => true,
          () => false,
        ),
    },
  );
  after(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return { address, output: server.output };
}
