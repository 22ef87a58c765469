import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { program } from './clients.mjs';
import { startServer } from './process.mjs';
import { run } from './run.mjs';

/**
 * Starts a containerd for this test file, and stops it when the file ends. `daemon` and `client` are
 * the names of the programs. With `cri`, it serves the CRI for images, and looks up registries in the
 * directory `cri.hosts`.
 */
export async function startContainerd({ daemon, client, cri }) {
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-containerd-'));
  const address = join(dir, 'containerd.sock');
  const config = join(dir, 'config.toml');
  writeFileSync(config, configuration(dir, address, cri));
  const server = await startServer(program(daemon), ['--config', config], {
    ready: () =>
      run(program(client), ['--address', address, 'version']).then(
        () => true,
        () => false,
      ),
  });
  after(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return { address, output: server.output };
}

// A pull does not need these plugins, and some of them need a network or a special file system.
const configuration = (dir, address, cri) => `
version = 2
root = ${JSON.stringify(join(dir, 'root'))}
state = ${JSON.stringify(join(dir, 'state'))}
disabled_plugins = [
  ${cri ? '' : '"io.containerd.grpc.v1.cri",'}
  "io.containerd.internal.v1.opt",
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.blockfile",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.erofs",
  "io.containerd.snapshotter.v1.overlayfs",
  "io.containerd.snapshotter.v1.zfs",
]
[plugins."io.containerd.transfer.v1.local"]
  [[plugins."io.containerd.transfer.v1.local".unpack_config]]
    platform = "linux"
    snapshotter = "native"
[grpc]
address = ${JSON.stringify(address)}
[debug]
level = "debug"
${cri ? imagesByCri(cri) : ''}
`;

// To pull an image, the CRI needs no network for pods, no pause image, and no runtime.
const imagesByCri = ({ hosts = '' }) => `
[plugins."io.containerd.cri.v1.images"]
snapshotter = "native"
[plugins."io.containerd.cri.v1.images".registry]
config_path = ${JSON.stringify(hosts)}
`;
