#!/usr/bin/env node
// Stands in for wrangler where a deployment needs an account. The account is the file account.json
// beside wrangler.toml. It refuses what wrangler and the API refuse, with the same words and codes.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const options = {
  config: { type: 'string' },
  env: { type: 'string' },
  remote: { type: 'boolean' },
};
const { values, positionals } = parseArgs({
  options: { ...options, json: { type: 'boolean' } },
  allowPositionals: true,
});
const file = join(dirname(values.config), 'account.json');
const account = JSON.parse(readFileSync(file, 'utf8'));
const worker = `bhcr-${values.env}`;

const COMMANDS = {
  whoami: () => print({ loggedIn: account.isLoggedIn }, account.isLoggedIn ? 0 : 1),
  'auth token': () => print({ type: 'api_token', token: account.token }),
  'kv namespace list': () => print(account.namespaces.map((id) => ({ id, title: id }))),
  'd1 list': () => print(account.databases.map((uuid) => ({ uuid, name: uuid }))),
  'r2 bucket info': ([name]) =>
    account.buckets.includes(name) ? print({ name }) : refuse('bucket does not exist', 10006),
  'd1 migrations list': () => migrations(written('d1_databases', 'database_id')),
  'secret list': () => secrets(account.secrets[worker]),
  deploy,
};

function migrations(id) {
  if (!account.databases.includes(id)) return refuse(`The database ${id} could not be found`, 7404);
  const isDone = account.migrated.includes(id);
  return say(isDone ? '✅ No migrations to apply!' : 'Migrations to be applied:\n0001_hosting.sql');
}

function secrets(list) {
  if (list) return print(list.map((name) => ({ name, type: 'secret_text' })));
  return refuse(`Worker "${worker}" (env: ${values.env}) not found.

If this is a new Worker, run \`wrangler deploy\` first to create it.`);
}

function deploy() {
  const id = written('kv_namespaces', 'id');
  if (!account.namespaces.includes(id)) return refuse(`KV namespace '${id}' not found.`, 10041);
  account.deployed.push(worker);
  writeFileSync(file, JSON.stringify(account));
  return say(`Uploaded ${worker}`);
}

/** What wrangler.toml says of a binding of this environment. */
function written(section, key) {
  const [, rest] = readFileSync(values.config, 'utf8').split(`[[env.${values.env}.${section}]]`);
  return rest.match(new RegExp(`^${key} = "(.*)"$`, 'm'))[1];
}

function say(text, status = 0) {
  process.stdout.write(`${text}\n`);
  process.exitCode = status;
}

const print = (value, status) => say(JSON.stringify(value), status);

function refuse(message, code) {
  process.stderr.write(`✘ [ERROR] ${message}${code ? ` [code: ${code}]` : ''}\n`);
  process.exitCode = 1;
}

const name = Object.keys(COMMANDS).find((words) =>
  `${positionals.join(' ')} `.startsWith(`${words} `),
);
if (!name) refuse(`Unknown arguments: ${positionals.join(', ')}`);
else if (name === account.forbidden) refuse('Authentication error', 10000);
else if (name === 'whoami' || account.isLoggedIn) {
  COMMANDS[name](positionals.slice(name.split(' ').length));
} else {
  refuse(
    "In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable for wrangler to work.",
  );
}
