import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deploy } from '../../dev/deploy/index.mjs';
import { root } from '../../dev/setup/paths.mjs';

const WRANGLER = fileURLToPath(new URL('fake-wrangler.mjs', import.meta.url));
const WRITTEN_ID = /^((?:database_)?id = )".*"$/gm;

/** An account that has all that wrangler.toml asks for, with ids of its own. */
export const wholeAccount = () => ({
  isLoggedIn: true,
  token: 'made-for-this-test',
  namespaces: ['a'.repeat(32), 'b'.repeat(32)],
  databases: [uuid('a'), uuid('b')],
  migrated: [uuid('a'), uuid('b')],
  buckets: ['bhcr-objects-staging', 'bhcr-objects-production'],
  secrets: { 'bhcr-staging': [...SECRETS], 'bhcr-production': [...SECRETS] },
  zones: ['bhcr.io', 'bh.cr'],
  deployed: [],
});

const SECRETS = ['TOKEN_SECRET', 'ADMIN_TOKEN'];
const uuid = (digit) => `${digit.repeat(8)}-aaaa-aaaa-aaaa-${digit.repeat(12)}`;

/** The project's wrangler.toml as it is in a fresh clone: nobody has written an id into it. */
export const freshToml = () => withIds(['write the id here']);

/** The same with the ids of `account`. */
export const readyToml = ({ namespaces: [kv, kv2], databases: [d1, d1b] }) =>
  withIds([kv, d1, kv2, d1b]);

function withIds(ids) {
  let at = 0;
  return readFileSync(join(root, 'wrangler.toml'), 'utf8').replace(
    WRITTEN_ID,
    (_, key) => `${key}"${ids[at++ % ids.length]}"`,
  );
}

/** Deploys with the stand-in for wrangler. Answers what came of it, and what was printed. */
export async function deployWith({ toml, account, ...options }) {
  const dir = mkdtempSync(join(tmpdir(), 'bhcr-deploy-'));
  const config = join(dir, 'wrangler.toml');
  const file = join(dir, 'account.json');
  writeFileSync(config, toml);
  writeFileSync(file, JSON.stringify(account));
  const said = [];
  let builds = 0;
  try {
    const isDone = await deploy({
      ...{ config, wrangler: WRANGLER, say: (text) => said.push(text), ...options },
      build: () => {
        builds += 1;
      },
    });
    const { deployed } = JSON.parse(readFileSync(file, 'utf8'));
    return { isDone, said: said.join('\n'), builds, deployed };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Serves the zones of the API of Cloudflare: those of `account()`, to its token alone. */
export async function startZones(account) {
  const server = createServer((request, response) => {
    const { zones, token } = account();
    const name = new URL(request.url, 'http://localhost').searchParams.get('name');
    const isAllowed = request.headers.authorization === `Bearer ${token}`;
    const result = zones.filter((zone) => zone === name).map((zone) => ({ name: zone }));
    response.statusCode = isAllowed ? 200 : 403;
    response.end(JSON.stringify({ success: isAllowed, result: isAllowed ? result : null }));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}
