import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startUpstream } from '../../dev/upstream/index.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The local upstream of tests, which keeps its images from one test file to the next. */
export const startTestUpstream = () => startUpstream({ dir: resolve(root, '.local/test-upstream') });

/** The settings that put a Worker before `upstream`, with storage that redirects. */
export const redirecting = (upstream) => ({
  REGISTRY_URL: upstream.registry.url,
  API_URL: upstream.api.url,
});

/** The same, with a registry that streams blobs itself. */
export const streaming = (upstream) => ({
  REGISTRY_URL: upstream.streaming.url,
  REGISTRY2_HOST: new URL(upstream.registry.url).host,
  API_URL: upstream.api.url,
});
