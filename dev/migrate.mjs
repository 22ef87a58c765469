#!/usr/bin/env node
// Prepares the database of hosted repositories: node dev/migrate.mjs [--persist-to DIR | --remote --env staging]
import { parseArgs } from 'node:util';
import { migrate } from './migrations.mjs';

const USAGE = 'usage: npm run migrate -- [--persist-to DIR | --remote --env staging]';

try {
  const { values } = parseArgs({
    options: {
      'persist-to': { type: 'string' },
      remote: { type: 'boolean', default: false },
      env: { type: 'string' },
    },
  });
  const { remote, env, 'persist-to': persistTo } = values;
  // Only the environments are deployed, and only this machine has a database without one.
  if (remote !== (env !== undefined) || (remote && persistTo !== undefined)) throw new Error(USAGE);
  console.log(await migrate({ remote, persistTo, env }));
} catch (error) {
  console.error(error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? USAGE : error.message);
  process.exitCode = 1;
}
