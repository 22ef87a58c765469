import { after, test } from 'node:test';
import { needs, needsRoot } from '../support/clients.mjs';
import { front } from '../support/front.mjs';
import { redirecting, streaming } from '../support/upstream.mjs';
import { startWrangler } from '../support/wrangler.mjs';

/** The programs of clients that pull in different ways, for what all of them must do alike. */
export const PULLERS = [
  'docker',
  'dockerd',
  'podman',
  'skopeo',
  'crane',
  'oras',
  'buildctl',
  'buildkitd',
];

/**
 * Runs the tests of one client, if its `programs` are installed. `define` gets the upstream and the
 * addresses of two Workers in front of it: `redirects`, whose registry redirects blobs to storage,
 * and `streams`, whose registry streams them. With `wrangler`, wrangler runs the first Worker; the
 * bare runtime runs the others.
 */
export async function suite(client, { programs = [client], root, wrangler }, define) {
  const { skip } = root ? needsRoot(...programs) : needs(...programs);
  if (skip) return test(client, { skip }, () => {});
  const { upstream, worker, start } = await front();
  const streams = await start(streaming(upstream));
  const redirects = wrangler ? await inWrangler(upstream) : worker;
  await define({ client, upstream, redirects: redirects.url, streams: streams.url, start });
}

async function inWrangler(upstream) {
  const worker = await startWrangler(redirecting(upstream));
  after(worker.stop);
  return worker;
}
