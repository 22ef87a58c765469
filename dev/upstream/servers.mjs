import { join } from 'node:path';
import { bucketDriver, folderDriver } from './registry/driver.mjs';
import { startRegistry } from './registry/process.mjs';
import { readRequestLog } from './request-log.mjs';
import { startThread } from './thread.mjs';

// Starts the four servers together. If one fails, it stops the others.
export async function startServers(context) {
  const started = await Promise.allSettled([
    startApi(context),
    startRedirecting(context),
    startStreaming(context),
    startStorage(context),
  ]);
  const servers = started.filter(({ status }) => status === 'fulfilled').map(({ value }) => value);
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const failed = started.find(({ status }) => status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const [api, registry, streaming, storage] = servers;
  return { api, registry, streaming, storage, stop };
}

/** The address under which the others know a server. It listens at another one if `seenAt` says so. */
export const addressOf = ({ hosts, ports, seenAt }, name) =>
  seenAt[name] ?? `${hosts[name]}:${ports[name]}`;
const urlOf = (context, name) => `http://${addressOf(context, name)}`;

function startApi(context) {
  const { dir, secrets } = context.place;
  const [issuer, registryHost] = [addressOf(context, 'api'), addressOf(context, 'registry')];
  const data = { dir, secrets, issuer, registryHost, accounts: context.accounts };
  // Without this, pinejs would write its compiled models into the working directory.
  const env = { ...process.env, PINEJS_CACHE_FILE: join(dir, 'pinejs-cache.json') };
  return startInThread(context, 'api', { data, env });
}

function startStorage(context) {
  const { place, storageKey } = context;
  return startInThread(context, 'storage', { data: { root: place.root, key: storageKey } });
}

async function startInThread(context, name, { data, env }) {
  const { place, hosts, ports } = context;
  const logFile = join(place.logs, `${name}.jsonl`);
  const requestLog = readRequestLog(logFile);
  const thread = await startThread(new URL(`${name}/thread.mjs`, import.meta.url), {
    workerData: { host: hosts[name], port: ports[name], logFile, ...data },
    logFile: join(place.logs, `${name}.log`),
    env,
  });
  return { url: `http://${hosts[name]}:${ports[name]}`, requestLog, ...thread };
}

// Like balena's registry: it keeps its files in S3, and redirects clients to it for blobs.
function startRedirecting(context) {
  return startOne(context, 'registry', bucketDriver(urlOf(context, 'storage'), context.storageKey));
}

// Like openBalena's registry: the same images, but it streams blobs itself.
function startStreaming(context) {
  return startOne(context, 'streaming', folderDriver(context.place.root));
}

function startOne(context, name, driver) {
  const { place, hosts, ports } = context;
  return startRegistry({
    name,
    host: hosts[name],
    port: ports[name],
    dir: place.dir,
    logs: place.logs,
    driver,
    certificate: context.certificate,
    realm: `${urlOf(context, 'api')}/auth/v1/token`,
    issuer: addressOf(context, 'api'),
    service: addressOf(context, 'registry'),
  });
}
