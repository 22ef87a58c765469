import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { send } from './http.mjs';
import { freePort } from './ports.mjs';
import { startServer } from './process.mjs';
import { TEST_SECRET } from './workerd.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The built Worker as users run it: wrangler dev, with its own KV. Answers as `startWorkerd`. */
export async function startWrangler(vars = {}) {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-wrangler-'));
  const settings = Object.entries({ TOKEN_SECRET: TEST_SECRET, ...vars });
  const server = await startServer(
    join(root, 'node_modules/.bin/wrangler'),
    [
      ...['dev', '--port', port, '--ip', '127.0.0.1', '--inspector-port', await freePort()],
      ...['--persist-to', dir, '--show-interactive-dev-session=false'],
      ...settings.flatMap(([name, value]) => ['--var', `${name}:${value}`]),
    ],
    {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
      ready: () =>
        send(`http://127.0.0.1:${port}`, '/ping').then(
          (reply) => reply.status === 200,
          () => false,
        ),
    },
  );
  const stop = async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  return { ...server, url: `http://localhost:${port}`, stop };
}
