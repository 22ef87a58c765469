import './failed-test.mjs';
import { join } from 'node:path';
import { local } from '../../dev/setup/paths.mjs';
import { startUpstream } from '../../dev/upstream/index.mjs';
import { hide } from './redact.mjs';

// Test files that run side by side have one each.
const { TEST_LANE: lane = '1' } = process.env;
/** The folder of this file's local upstream. It keeps its images from one file to the next. */
export const upstreamFolder = join(local, lane === '1' ? 'test-upstream' : `test-upstream-${lane}`);

/** Starts the local upstream for a test file. */
export async function startTestUpstream() {
  const upstream = await startUpstream({ dir: upstreamFolder });
  const { owner, stranger, storage } = upstream.credentials;
  for (const { apiKey, sessionToken } of [owner, stranger]) [apiKey, sessionToken].forEach(hide);
  hide(storage.secretAccessKey);
  return upstream;
}

/** The settings of a Worker in front of `upstream`, whose registry redirects blobs to storage. */
export const redirecting = (upstream) => ({
  REGISTRY_URL: upstream.registry.url,
  API_URL: upstream.api.url,
});

/** The same with the registry that streams blobs itself. */
export const streaming = (upstream) => ({
  REGISTRY_URL: upstream.streaming.url,
  REGISTRY2_HOST: new URL(upstream.registry.url).host,
  API_URL: upstream.api.url,
});

/** Asks the registry directly, with a token of the API, for the digest of a release's image. */
export async function registryDigest(upstream, { repository, mediaType }) {
  const { apiKey } = upstream.credentials.owner;
  const scope = `repository:${repository}:pull`;
  const reply = await fetch(`${upstream.api.url}/auth/v1/token?service=x&scope=${scope}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const { token } = await reply.json();
  const manifest = await fetch(`${upstream.registry.url}/v2/${repository}/manifests/latest`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${token}`, accept: mediaType },
  });
  return manifest.headers.get('docker-content-digest');
}
