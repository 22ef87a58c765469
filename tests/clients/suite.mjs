import { after, test } from 'node:test';
import { needs, needsRoot } from '../support/clients.mjs';
import { front } from '../support/front.mjs';
import { redirecting, streaming } from '../support/upstream.mjs';
import { startWrangler } from '../support/wrangler.mjs';

/**
 * The tests of one client, where its `programs` are installed. `define` gets the upstream and the
 * addresses of two Workers before it: one that `redirects` to storage, and one that `streams`. The
 * first is run by wrangler where it is asked for, else both by the bare runtime.
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
