import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../dev/ports.mjs';
import { root } from '../../dev/setup/paths.mjs';
import { cleanEnvironment, program, scratch } from './clients.mjs';
import { podmanOptions } from './compose.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';
import { run } from './run.mjs';
import { watchLog } from './worker-logs.mjs';

// The engine may not raise these limits everywhere that tests run.
const LIMITS = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

/**
 * Builds the container image as `npm run image` and buildah do, for one test file. Answers
 * `{ podman(args), start(env, options) }`. `start` runs it with the settings of a compose file, on a
 * port of loopback: an engine in a test has no bridge.
 */
export async function container({ arch = 'amd64' } = {}) {
  await run('node', ['dev/image.mjs', '--arch', arch], { cwd: root });
  const running = new Set();
  // Before the hook of `scratch`, because a container holds its folder.
  after(async () => {
    for (const name of running) await podman(['rm', '--force', '--time', '0', name]);
  });
  const home = scratch('container');
  const store = ['--root', join(home, 'root'), '--runroot', join(home, 'runroot')];
  const env = cleanEnvironment(home);
  const options = [...store, '--storage-driver', 'vfs'];
  const buildah = (args) => run(program('buildah'), [...options, ...args], { env });
  const engine = [...options, '--cgroup-manager', 'cgroupfs'];
  const podman = (args) => run(program('podman'), [...engine, ...args], { env });
  const from = join(root, 'build', 'image', arch);
  const form = ['--format', 'docker', '--isolation', 'chroot', '--arch', arch];
  await buildah(['bud', ...form, '--tag', 'bhcr', from]);

  let serial = 0;

  /** A running container: `{ name, url, pid, data, output(), stop() }`. */
  async function start(settings = {}, { data, volumes = [], compose = 'docker-compose.yml' } = {}) {
    const [name, port] = [`bhcr-${++serial}`, await freePort()];
    const kept = data ?? mkdtempSync(join(home, 'data-'));
    const listen = { LISTEN: `127.0.0.1:${port}`, ...settings };
    const texts = Object.entries(listen).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
    const own = podmanOptions(join(root, 'container', compose));
    const mounts = [`${kept}:/data`, ...volumes].flatMap((it) => ['--volume', it]);
    const where = ['--network', 'host', '--no-healthcheck', ...mounts];
    const url = `http://${listen.LISTEN}`;
    const ready = () =>
      send(url, '/ping').then(
        () => true,
        () => false,
      );
    running.add(name);
    const args = [...engine, 'run', '--name', name, ...own, ...LIMITS, ...where, ...texts, 'bhcr'];
    const server = await startServer(program('podman'), args, { env, ready });
    watchLog(server.output);
    const inspect = async (format) =>
      (await podman(['inspect', '--format', format, name])).stdout.trim();
    const pid = Number(await inspect('{{.State.Pid}}'));

    /** Stops it as an engine does, and answers its exit code: 137 if it had to be killed. */
    async function stop() {
      await podman(['stop', '--time', '15', name]);
      const code = Number(await inspect('{{.State.ExitCode}}'));
      await podman(['rm', name]);
      running.delete(name);
      return code;
    }
    return { name, url, pid, data: kept, output: server.output, stop };
  }
  /** The IPv4 addresses that a container with these settings listens on, as the kernel writes them. */
  async function listening(settings) {
    const name = `bhcr-${++serial}`;
    const texts = Object.entries(settings).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
    const alone = ['--detach', '--network', 'none', '--no-healthcheck', ...LIMITS];
    running.add(name);
    await podman(['run', '--name', name, ...alone, ...texts, 'bhcr']);
    for (;;) {
      const { stdout } = await podman(['exec', name, 'cat', '/proc/net/tcp']);
      const found = [...stdout.matchAll(/^ +\d+: (\S+) 00000000:0000 0A/gm)].map(([, it]) => it);
      if (found.length > 0) return found;
      await sleep(200);
    }
  }

  return { podman, buildah, start, listening };
}
