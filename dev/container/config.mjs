import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compatibility } from '../compatibility.mjs';
import { root } from '../setup/paths.mjs';
import { simulatedD1, simulatedR2 } from './stores.mjs';

/** The settings that the container takes from its environment: those of the Worker. */
export const SETTINGS = [
  ...['TOKEN_SECRET', 'TOKEN_SECRET_PREVIOUS', 'ADMIN_TOKEN', 'GATEWAY_TOKEN'],
  ...['REGISTRY2_HOST', 'API_HOST', 'DNS_TLD', 'REGISTRY_URL', 'API_URL', 'PUBLIC_ORIGIN'],
  ...['TARGET_SECONDS', 'VERSION_SECONDS', 'FIXED_SECONDS', 'MISS_SECONDS', 'TAG_SECONDS'],
  ...['TOKEN_SECONDS', 'CREDENTIAL_SECONDS', 'STALE_SECONDS', 'RIGHTS_SECONDS', 'CATALOG_PAGE'],
  ...['UPSTREAM_DEADLINE_MS', 'R2_ENDPOINT', 'R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY'],
];

/** The files that a configuration embeds, by their names there. */
export const MODULES = {
  'index.js': 'build/index.js',
  'index_bg.wasm': 'build/index_bg.wasm',
  'entry.js': 'container/entry.js',
  'callers.js': 'container/callers.js',
  'migrations.js': 'container/migrations.js',
  'kept.js': 'container/kept.js',
};

/**
 * The configuration of the runtime: the built Worker with its stores in folders of `data`. With
 * `hosting` it also has hosted repositories.
 */
export function config({ data, hosting }) {
  const stores = hosting ? hostingIn(data) : { services: [], workers: '', bindings: [] };
  const services = [
    '( name = "bhcr", worker = .bhcr )',
    '( name = "kept", worker = .kept )',
    `( name = "kept-disk", disk = ( path = ${quote(join(data, 'kept'))}, writable = true ) )`,
    `( name = "internet", network = (
      allow = ["public", "private"], tlsOptions = ( trustBrowserCas = true ) ) )`,
    ...stores.services,
  ];
  const settings = [...SETTINGS, 'GATEWAY_ALLOW'].map(
    (name) => `( name = "${name}", fromEnvironment = "${name}" )`,
  );
  const bindings = [
    '( name = "RELEASES", kvNamespace = ( name = "kept", entrypoint = "releases" ) )',
    ...settings,
    ...stores.bindings,
  ];
  return `# What workerd runs in the container. Made by dev/container/config.mjs.
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ ${services.join(',\n    ')} ],
  sockets = [ ( name = "http", address = "127.0.0.1:80", http = (), service = "bhcr" ) ],
  ${stores.extension ?? ''}
);
const bhcr :Workerd.Worker = (
  modules = [
    ( name = "entry.js", esModule = embed "entry.js" ),
    ( name = "index.js", esModule = embed "index.js" ),
    ( name = "./index_bg.wasm", wasm = embed "index_bg.wasm" ),
    ( name = "callers.js", esModule = embed "callers.js" ),
    ( name = "migrations.js", esModule = embed "migrations.js" ),
  ],
  bindings = [ ${bindings.join(',\n    ')} ],
  cacheApiOutbound = ( name = "kept", entrypoint = "cache" ),
  ${compatibility()},
);
const kept :Workerd.Worker = (
  modules = [ ( name = "kept.js", esModule = embed "kept.js" ) ],
  bindings = [ ( name = "SHELF", durableObjectNamespace = "Shelf" ) ],
  durableObjectNamespaces = [
    ( className = "Shelf", uniqueKey = "bhcr-shelf", enableSql = true ),
  ],
  durableObjectStorage = ( localDisk = "kept-disk" ),
  ${compatibility()},
);
${stores.workers}
`;
}

function hostingIn(data) {
  const bucket = simulatedR2(join(data, 'objects'));
  const database = simulatedD1(join(data, 'catalog'));
  return {
    services: [bucket.services, database.services],
    workers: bucket.workers + database.workers,
    extension: bucket.extension,
    bindings: [
      '( name = "OBJECTS", r2Bucket = "bucket-entry" )',
      `( name = "CATALOG", wrapped = ( moduleName = "cloudflare-internal:d1-api",
        innerBindings = [ ( name = "fetcher", service = "database-entry" ) ] ) )`,
      `( name = "MIGRATIONS", json = ${quote(JSON.stringify(migrations()))} )`,
    ],
  };
}

function migrations() {
  const dir = join(root, 'migrations');
  const files = readdirSync(dir).filter((name) => name.endsWith('.sql'));
  return files.sort().map((name) => ({
    name,
    statements: readFileSync(join(dir, name), 'utf8')
      .split(/;\s*$/m)
      .filter((statement) => statement.trim() !== ''),
  }));
}

// Cap'n Proto quotes strings as JSON does.
const quote = (text) => JSON.stringify(text);
