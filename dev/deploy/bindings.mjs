import { isFound } from './unseen.mjs';

const KV_ID = /^[0-9a-f]{32}$/;
const D1_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The namespace of KV, and the database and the bucket of hosted repositories if they are bound. */
export function bindings({ env, settings, ask }) {
  const own = (list, name) => list.filter(({ binding }) => binding === name);
  const [namespace] = own(settings.kv_namespaces, 'RELEASES');
  return [
    releases({ env, ask, id: namespace?.id }),
    ...own(settings.d1_databases, 'CATALOG').map((catalog) => database({ env, ask, ...catalog })),
    ...own(settings.r2_buckets, 'OBJECTS').map((objects) => bucket({ ask, ...objects })),
  ];
}

const releases = ({ env, ask, id }) => ({
  what: 'the KV namespace RELEASES',
  isThere: async () =>
    KV_ID.test(id) &&
    JSON.parse(await ask(['kv', 'namespace', 'list'])).some((one) => one.id === id),
  command: `npx wrangler kv namespace create bhcr-releases-${env}
# and write its id into wrangler.toml, as id of [[env.${env}.kv_namespaces]]`,
});

const database = ({ env, ask, database_name: name, database_id: id }) => ({
  what: 'the D1 database CATALOG',
  isThere: async () =>
    D1_ID.test(id) &&
    JSON.parse(await ask(['d1', 'list', '--json'])).some((one) => one.uuid === id),
  command: `npx wrangler d1 create ${name}
# and write its id into wrangler.toml, as database_id of [[env.${env}.d1_databases]]`,
});

const bucket = ({ ask, bucket_name: name }) => ({
  what: `the R2 bucket OBJECTS, ${name}`,
  isThere: () => isFound(async () => Boolean(await ask(['r2', 'bucket', 'info', name, '--json']))),
  command: `npx wrangler r2 bucket create ${name}`,
});
