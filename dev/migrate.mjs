#!/usr/bin/env node
// Prepares the database of hosted repositories: node dev/migrate.mjs [--persist-to DIR | --remote]
import { parseArgs } from 'node:util';
import { migrate } from './migrations.mjs';

const USAGE = 'usage: npm run migrate -- [--persist-to DIR | --remote]';

try {
  const { values } = parseArgs({
    options: { 'persist-to': { type: 'string' }, remote: { type: 'boolean' } },
  });
  if (values.remote && values['persist-to'] !== undefined) throw new Error(USAGE);
  console.log(await migrate({ remote: values.remote, persistTo: values['persist-to'] }));
} catch (error) {
  console.error(error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? USAGE : error.message);
  process.exitCode = 1;
}
