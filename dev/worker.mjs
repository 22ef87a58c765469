#!/usr/bin/env node
// Runs the Worker alone on port 8787, for balenaCloud: node dev/worker.mjs [options of wrangler dev]
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, local, pathWith, root } from './setup/paths.mjs';

/** Keeps a secret in this clone, so that tokens outlive a restart. A secret in .dev.vars wins. */
function secret() {
  if (existsSync(join(root, '.dev.vars'))) return [];
  const file = join(local, 'token-secret');
  mkdirSync(local, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return ['--var', `TOKEN_SECRET:${readFileSync(file, 'utf8')}`];
}

const args = ['dev', '--port', '8787', ...secret(), ...process.argv.slice(2)];
const env = { WRANGLER_SEND_METRICS: 'false', ...process.env, PATH: pathWith(bin) };
const child = spawn(join(bin, 'wrangler'), args, { cwd: root, env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => {
  process.exitCode = code ?? 0;
});
