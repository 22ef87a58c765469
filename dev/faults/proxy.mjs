import { pass } from './forward.mjs';
import { kinds } from './kinds.mjs';
import { startServer } from './server.mjs';

/** The faults of a proxy. */
export const PROXY_FAULTS = ['refuse', ...Object.keys(kinds)];

/**
 * Starts a proxy in front of `target`. It passes requests on with the listener `well`, until
 * `fail(kind)` makes it fail: every request, or with `times` so many of them, or with `only` those
 * whose URL matches. `requests()` gives all requests so far as `{ method, url, fault }`.
 */
export async function startFaultyProxy(target, { well = pass } = {}) {
  const seen = [];
  const waiting = new Set();
  let fault;

  function answer(request, response) {
    const { method, url } = request;
    const kind = kindFor(url);
    seen.push({ method, url, fault: kind });
    if (kind === undefined) return well(request, response, target);
    if (kind === 'hang') wait(response);
    return kinds[kind](request, response, target);
  }

  function kindFor(url) {
    if (!fault?.only.test(url)) return undefined;
    const { kind } = fault;
    fault.times -= 1;
    if (fault.times === 0) fault = undefined;
    return kind;
  }

  function wait(response) {
    waiting.add(response);
    response.on('close', () => waiting.delete(response));
  }

  const server = await startServer(answer);

  async function fail(kind, { times = Number.POSITIVE_INFINITY, only = /^/ } = {}) {
    if (!PROXY_FAULTS.includes(kind)) throw new Error(`no such fault: ${kind}`);
    await heal();
    if (kind === 'refuse') return server.close();
    fault = { kind, times, only };
  }

  async function heal() {
    fault = undefined;
    for (const response of waiting) response.destroy();
    await server.open();
  }

  return { url: server.url, fail, heal, requests: () => seen, stop: server.stop };
}
