// `npm run deploy` names what a deployment lacks, and deploys only if nothing does.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { environmentsOf, settingsOf } from '../../dev/deploy/settings.mjs';
import { root } from '../../dev/setup/paths.mjs';
import {
  deployWith,
  freshToml,
  readyToml,
  startZones,
  wholeAccount,
} from '../support/deployment.mjs';
import { run } from '../support/run.mjs';

const KV = 'npx wrangler kv namespace create bhcr-releases-staging';
const D1 = 'npx wrangler d1 create bhcr-catalog-staging';
const R2 = 'npx wrangler r2 bucket create bhcr-objects-staging';
const MIGRATE = 'npm run migrate -- --remote --env staging';
const TOKEN = 'npx wrangler secret put TOKEN_SECRET --env staging';
const ADMIN = 'npx wrangler secret put ADMIN_TOKEN --env staging';
const ZONE = '"name":"bhcr.io"';
const SECOND_ZONE = '"name":"bh.cr"';
const COMMANDS = [KV, D1, R2, MIGRATE, TOKEN, ADMIN, ZONE, SECOND_ZONE];

let account;
let zones;
before(async () => {
  zones = await startZones(() => account);
  process.env.CLOUDFLARE_API_BASE_URL = zones.url;
});
after(() => zones.stop());
beforeEach(() => {
  account = wholeAccount();
});

const staging = (toml, more) => deployWith({ toml, account, only: 'staging', ...more });
const commandsIn = (said) => COMMANDS.filter((command) => said.includes(command));

test('a fresh clone without an account is told of every missing thing', async () => {
  account.isLoggedIn = false;
  const { isDone, said } = await deployWith({ toml: freshToml(), account, isDry: true });
  assert.equal(isDone, false);
  for (const env of ['staging', 'production']) {
    for (const command of ['npx wrangler login', ...COMMANDS]) {
      const own = command.replace('staging', env);
      assert.ok(said.split(`${env}:\n`)[1].includes(own), `${env}: ${own}`);
    }
  }
});

test('a fresh clone with an account that has nothing is told the same', async () => {
  Object.assign(account, { namespaces: [], databases: [], migrated: [], buckets: [] });
  Object.assign(account, { secrets: {}, zones: [] });
  const { said } = await staging(freshToml(), { isDry: true });
  assert.deepEqual(commandsIn(said), COMMANDS);
});

test('a dry run passes when all is there, and deploys nothing', async () => {
  const done = await deployWith({ toml: readyToml(account), account, isDry: true });
  assert.deepEqual([done.isDone, done.builds, done.deployed], [true, 0, []]);
  assert.match(done.said, /^staging: all 9 things .*\nproduction: all 9 things .*$/);
});

test('when all is there, the Worker is built once and deployed, staging first', async () => {
  const done = await deployWith({ toml: readyToml(account), account });
  assert.deepEqual(
    [done.isDone, done.builds, done.deployed],
    [true, 1, ['bhcr-staging', 'bhcr-production']],
  );
});

const LACKS = [
  ['the namespace', [KV], (account) => account.namespaces.shift()],
  ['the database', [D1, MIGRATE], (account) => account.databases.shift()],
  ['a migration', [MIGRATE], (account) => account.migrated.shift()],
  ['the bucket', [R2], (account) => account.buckets.shift()],
  [
    'all secrets, since there is no Worker yet',
    [TOKEN, ADMIN],
    ({ secrets }) => {
      delete secrets['bhcr-staging'];
    },
  ],
  ['the secret of tokens', [TOKEN], ({ secrets }) => secrets['bhcr-staging'].shift()],
  ['the secret of the operator', [ADMIN], ({ secrets }) => secrets['bhcr-staging'].pop()],
  ['the zone of a host name', [ZONE], (account) => account.zones.shift()],
];

for (const [what, commands, lose] of LACKS) {
  test(`without ${what}, only the command for it is printed, and nothing is deployed`, async () => {
    const toml = readyToml(account);
    lose(account);
    const { isDone, said, builds, deployed } = await staging(toml);
    assert.deepEqual(commandsIn(said), commands);
    assert.deepEqual([isDone, builds, deployed], [false, 0, []]);
  });
}

test('nothing is deployed to staging while production lacks something', async () => {
  account.buckets.pop();
  const { isDone, deployed } = await deployWith({ toml: readyToml(account), account });
  assert.deepEqual([isDone, deployed], [false, []]);
});

test('one environment is deployed by itself', async () => {
  account.secrets['bhcr-staging'] = [];
  const toml = readyToml(account);
  const { deployed } = await deployWith({ toml, account, only: 'production' });
  assert.deepEqual(deployed, ['bhcr-production']);
});

test('without hosting, nothing of hosting is asked for', async () => {
  const toml = readyToml(account).replaceAll(/\[\[env\.staging\.(d1|r2)_.*\n(.+\n)+/g, '');
  Object.assign(account, { databases: [], buckets: [] });
  account.secrets['bhcr-staging'] = ['TOKEN_SECRET'];
  const { isDone, said } = await staging(toml, { isDry: true });
  assert.equal(isDone, true, said);
});

test('what wrangler may not see counts as missing, and the report says why', async () => {
  account.forbidden = 'secret list';
  const { isDone, said } = await staging(readyToml(account), { isDry: true });
  assert.equal(isDone, false);
  assert.match(
    said,
    /not seen \(.*Authentication error \[code: 10000\]\): the secret TOKEN_SECRET/,
  );
});

test('a token that may not read zones is told apart from a missing zone', async () => {
  const given = { ...account, token: 'of-somebody-else' };
  const { said } = await deployWith({
    ...{ toml: readyToml(account), account: given, only: 'staging', isDry: true },
  });
  assert.match(
    said,
    /not seen \(the API of Cloudflare answers 403\): the custom domain staging\.bh/,
  );
  assert.ok(!said.includes('of-somebody-else'), 'the token is printed');
});

test('an environment that does not exist is refused', async () => {
  await assert.rejects(
    deployWith({ toml: freshToml(), account, only: 'live' }),
    /staging and prod/,
  );
});

test('each environment has the bindings and the clock of the top level, and two hosts', async () => {
  const config = join(root, 'wrangler.toml');
  const top = await settingsOf(config);
  assert.equal(top.routes, undefined, 'wrangler dev would take its origin from routes');
  for (const env of await environmentsOf(config)) {
    const own = await settingsOf(config, env);
    assert.deepEqual(bindingsOf(own), bindingsOf(top), env);
    assert.deepEqual(own.triggers, top.triggers);
    assert.deepEqual(own.compatibility_flags, top.compatibility_flags);
    assert.equal(own.routes.filter((route) => route.custom_domain).length, 2);
  }
});

test('the environments share no host and no storage', async () => {
  const config = join(root, 'wrangler.toml');
  const [one, two] = await Promise.all(
    (await environmentsOf(config)).map((env) => settingsOf(config, env)),
  );
  const own = ({ name, routes, d1_databases: [database], r2_buckets: [bucket] }) => [
    name,
    database.database_name,
    bucket.bucket_name,
    ...routes.map(({ pattern }) => pattern),
  ];
  assert.deepEqual(new Set(own(one)).intersection(new Set(own(two))), new Set());
});

test('the workflow pulls from a host of each environment, from staging first', async () => {
  const workflow = readFileSync(join(root, '.github/workflows/deploy.yml'), 'utf8');
  const jobs = [...workflow.matchAll(/^ {10}env: (\S+)\n {10}host: (\S+)$/gm)];
  assert.deepEqual(
    jobs.map(([, env]) => env),
    ['staging', 'production'],
  );
  assert.match(workflow, /^ {2}production:\n {4}needs: staging$/m);
  for (const [, env, host] of jobs) {
    const { routes } = await settingsOf(join(root, 'wrangler.toml'), env);
    assert.ok(
      routes.some(({ pattern }) => pattern === host),
      host,
    );
  }
});

const bindingsOf = (settings) =>
  ['kv_namespaces', 'd1_databases', 'r2_buckets', 'ratelimits'].map((kind) =>
    (settings[kind] ?? []).map(({ binding, name }) => binding ?? name),
  );

test('the command works without an account and without the network', async () => {
  const home = mkdtempSync(join(tmpdir(), 'bhcr-home-'));
  const { CLOUDFLARE_API_TOKEN, CLOUDFLARE_API_KEY, ...own } = process.env;
  const env = { ...own, HOME: home, XDG_CONFIG_HOME: home };
  await assert.rejects(
    run(process.execPath, ['dev/deploy.mjs', '--dry-run'], { cwd: root, env }),
    ({ stdout }) =>
      /missing: an account[\s\S]*wrangler login[\s\S]*secret put TOKEN_SECRET/.test(stdout),
  );
  rmSync(home, { recursive: true });
});

test('the command refuses options that it does not know', async () => {
  await assert.rejects(
    run(process.execPath, ['dev/deploy.mjs', '--dryrun'], { cwd: root }),
    /usage: npm run deploy/,
  );
});

test('migrations are applied to a named environment, or to this machine', async () => {
  for (const options of [['--remote'], ['--env', 'staging'], ['--remote', '--persist-to', 'x']]) {
    await assert.rejects(
      run(process.execPath, ['dev/migrate.mjs', ...options], { cwd: root }),
      /usage: npm run migrate/,
      options.join(' '),
    );
  }
});
