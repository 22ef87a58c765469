#!/usr/bin/env node
// Deploys the environments of wrangler.toml, if they have all they need:
// node dev/deploy.mjs [--env staging] [--dry-run]
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deploy } from './deploy/index.mjs';
import { npmPackages } from './setup/npm.mjs';
import { bin, root } from './setup/paths.mjs';

const USAGE = 'usage: npm run deploy -- [--env staging | --env production] [--dry-run]';

try {
  const { values } = parseArgs({
    options: { env: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
  });
  await npmPackages();
  const isDone = await deploy({
    config: join(root, 'wrangler.toml'),
    wrangler: join(bin, 'wrangler'),
    only: values.env,
    isDry: values['dry-run'],
  });
  if (!isDone) process.exitCode = 1;
} catch (error) {
  console.error(error.code?.startsWith('ERR_PARSE_ARGS') ? USAGE : error.message);
  process.exitCode = 1;
}
