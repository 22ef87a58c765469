import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../dev/ports.mjs';
import { send } from './http.mjs';
import { startServer } from './process.mjs';
import { watchLog } from './worker-logs.mjs';
import { TEST_SECRET } from './workerd.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Starts the built Worker as users do, with `wrangler dev`. Its KV is new, or the one in the folder
 * `kept`. `more` is added to `wrangler.toml`, for bindings that it has not. `listen` is the port, if
 * it must be known before, and `project` the folder with `wrangler.toml` and the Worker. Answers the
 * same as `startWorkerd`.
 */
export async function startWrangler(vars = {}, { kept, more = '', listen, project = root } = {}) {
  const port = listen ?? (await freePort());
  const dir = kept ?? mkdtempSync(join(tmpdir(), 'bhcr-wrangler-'));
  const settings = Object.entries({ TOKEN_SECRET: TEST_SECRET, ...vars });
  const texts = settings.map(([name, value]) => `${name}:${value}`);
  const server = await startServer(
    join(root, 'node_modules/.bin/wrangler'),
    [
      ...[
        'dev',
        '--config',
        configIn(dir, more, project),
        '--port',
        port,
        '--ip',
        '127.0.0.1',
        '--inspector-port',
        await freePort(),
      ],
      ...['--persist-to', dir, '--show-interactive-dev-session=false'],
      ...['--var', ...texts],
    ],
    {
      cwd: project,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
      ready: () =>
        send(`http://127.0.0.1:${port}`, '/ping').then(
          (reply) => reply.status === 200,
          () => false,
        ),
    },
  );
  watchLog(server.output);
  const stop = async () => {
    await server.stop();
    if (!kept) rmSync(dir, { recursive: true, force: true });
  };
  return { ...server, url: `http://localhost:${port}`, stop };
}

// Its path to the Worker must be whole, because it lies elsewhere.
function configIn(dir, more, project) {
  const whole = join(project, 'wrangler.toml');
  if (more === '') return whole;
  const own = readFileSync(whole, 'utf8');
  const file = join(dir, 'wrangler.toml');
  writeFileSync(file, `${own.replace('build/index.js', join(project, 'build/index.js'))}\n${more}`);
  return file;
}
