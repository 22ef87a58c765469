import { outliving } from '../../src/edge/trap.js';
import { initSync, serve } from './index.js';
import module from './index_bg.wasm';

initSync({ module });

const manifests = new Map();
let migrated;

// Manifests are another part's: here they are kept in memory, so that real clients can push.
async function manifest({ method, body }, path, [, name, reference]) {
  if (method !== 'PUT') return manifests.get(path)?.(method) ?? new Response(null, { status: 404 });
  const bytes = await new Response(body).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const digest = `sha256:${Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  const { mediaType } = JSON.parse(new TextDecoder().decode(bytes));
  const headers = { 'content-type': mediaType, 'docker-content-digest': digest };
  const answer = (asked) =>
    new Response(asked === 'HEAD' ? null : bytes, {
      headers: { ...headers, 'content-length': bytes.byteLength },
    });
  for (const known of [reference, digest]) manifests.set(`/v2/${name}/manifests/${known}`, answer);
  const location = `/v2/${name}/manifests/${digest}`;
  return new Response(null, { status: 201, headers: { ...headers, location } });
}

async function migrate({ CATALOG, MIGRATIONS }) {
  const tables = CATALOG.prepare("select 1 from sqlite_schema where name = 'accounts'");
  if (await tables.first()) return;
  const statements = MIGRATIONS.split(/;\s*$/m).filter((statement) => statement.trim());
  await CATALOG.batch(statements.map((statement) => CATALOG.prepare(statement)));
}

export default {
  async fetch(request, env, context) {
    migrated ??= migrate(env);
    await migrated;
    const { pathname } = new URL(request.url);
    if (pathname === '/gc') return new Response(globalThis.gc());
    if (pathname === '/v2/') return new Response('{}');
    const named = pathname.match(/^\/v2\/(.+)\/manifests\/(.+)$/);
    return named ? manifest(request, pathname, named) : serve(request, env, outliving(context));
  },
};
