import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { choosePorts } from '../ports.mjs';
import { makeControl } from './control.mjs';
import { makePublisher } from './images/publisher.mjs';
import { loadCredentials, loadSigner, loadStorageKey } from './keys.mjs';
import { makeRegistryToken } from './registry-token.mjs';
import { plantSeed } from './seed/seed.mjs';
import { users } from './seed/users.mjs';
import { addressOf, startServers } from './servers.mjs';

const LOOPBACK = '127.0.0.1';

// Storage has a host of its own, as in production, because Go clients keep their Authorization header
// when a redirect leads to the same host, even to another port. Only Linux has all of 127.0.0.0/8.
const STORAGE_HOST = process.platform === 'linux' ? '127.0.0.2' : LOOPBACK;

const hosts = { api: LOOPBACK, registry: LOOPBACK, streaming: LOOPBACK, storage: STORAGE_HOST };

// Starts everything that bhcr has behind it, filled with the seed. `dir` keeps keys, credentials and
// images, so that the next start is quick. `seenAt` has the addresses of servers that clients reach
// through something else. The README describes the answer.
export async function startUpstream({ dir, ports: fixed = {}, seenAt = {} }) {
  const place = layOut(resolve(dir));
  const signer = loadSigner(place.secrets);
  const credentials = await loadCredentials(place.secrets, users);
  const storageKey = loadStorageKey(place.secrets);
  const accounts = Object.entries(users).map(([role, user]) => ({ ...user, ...credentials[role] }));
  const ports = await choosePorts(hosts, fixed);
  const { certificateFile: certificate } = signer;
  const context = { place, hosts, ports, seenAt, accounts, storageKey, certificate };
  const servers = await startServers(context);
  try {
    const control = makeControl({
      api: servers.api,
      publish: publisher(context, signer, servers.streaming.url),
      registryHost: addressOf(context, 'registry'),
    });
    const seed = await plantSeed(control);
    return handle({ servers, seed, credentials: { ...credentials, storage: storageKey }, control });
  } catch (error) {
    await servers.stop();
    throw error;
  }
}

function layOut(dir) {
  const place = {
    dir,
    logs: join(dir, 'logs'),
    secrets: join(dir, 'keys'),
    root: join(dir, 'registry'),
  };
  for (const path of Object.values(place)) mkdirSync(path, { recursive: true, mode: 0o700 });
  return place;
}

function publisher(context, signer, registry) {
  const issuer = addressOf(context, 'api');
  const audience = addressOf(context, 'registry');
  const actions = ['pull', 'push'];
  return makePublisher({
    file: join(context.place.dir, 'images.json'),
    registry,
    pushToken: (name) =>
      makeRegistryToken({ signer, issuer, audience }, [{ type: 'repository', name, actions }]),
  });
}

function handle({ servers, seed, credentials, control }) {
  const { stop, ...named } = servers;
  const origins = Object.entries(named).map(([name, { url, requestLog }]) => {
    requestLog.start();
    return [name, { url, requests: requestLog.requests }];
  });
  return { ...Object.fromEntries(origins), seed, credentials, control, stop };
}
