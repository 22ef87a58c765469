import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../child.mjs';
import { readRequestLog } from '../request-log.mjs';
import { parseAccessLog } from './access-log.mjs';
import { registryCommand } from './command.mjs';
import { registryConfig } from './config.mjs';

// Long enough to pull the container image if the binary is not installed.
const READY_MS = 120_000;

export async function startRegistry({ name, dir, logs, host, port, ...settings }) {
  const configFile = join(dir, `${name}.json`);
  const config = registryConfig({ address: `${host}:${port}`, ...settings });
  writeFileSync(configFile, JSON.stringify(config, null, 2), { mode: 0o600 });

  const accessLog = join(logs, `${name}.access.log`);
  const errorLog = join(logs, `${name}.log`);
  const requestLog = readRequestLog(accessLog, parseAccessLog);
  const child = run(registryCommand(dir, configFile), accessLog, errorLog);
  const url = `http://${host}:${port}`;
  try {
    await ready(child, url, errorLog);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { url, requestLog, stop: child.stop };
}

// The registry itself writes to the log files, so they are complete at any moment.
function run(command, accessLog, errorLog) {
  const stdout = openSync(accessLog, 'a', 0o600);
  const stderr = openSync(errorLog, 'w', 0o600);
  const child = startChild(command, { stdout, stderr, env: withoutAws(process.env) });
  closeSync(stdout);
  closeSync(stderr);
  return child;
}

// Removes the variables of a developer's own AWS account, which distribution would read.
function withoutAws(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
}

async function ready(child, url, errorLog) {
  const end = Date.now() + READY_MS;
  while (Date.now() < end && child.isRunning()) {
    const response = await fetch(`${url}/v2/`).catch(() => undefined);
    if (response?.status === 401) return;
    await sleep(50);
  }
  throw new Error(`The registry did not start:\n${readFileSync(errorLog, 'utf8').slice(-2000)}`);
}
