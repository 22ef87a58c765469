import { pass } from './forward.mjs';
import { kinds } from './kinds.mjs';
import { startServer } from './server.mjs';

/** The faults of a proxy. */
export const PROXY_FAULTS = ['refuse', ...Object.keys(kinds)];

/**
 * Starts a proxy in front of `target`. It passes requests on with the listener `well`, until
 * `fail(kind)` makes it fail: every request, or with `times` so many of them, or with `only` those
 * whose URL matches. With `answer`, a listener like those of `kinds`, it fails in another way.
 * `requests()` gives all requests so far as `{ method, url, authorization, fault }`.
 */
export async function startFaultyProxy(target, { well = pass } = {}) {
  const seen = [];
  const waiting = new Set();
  let fault;

  function respond(request, response) {
    const { method, url } = request;
    const { authorization } = request.headers;
    const { kind, answer } = faultFor(url) ?? {};
    seen.push({ method, url, authorization, fault: kind });
    if (kind === undefined) return well(request, response, target);
    if (kind === 'hang') wait(response);
    return answer(request, response, target);
  }

  function faultFor(url) {
    if (!fault?.only.test(url)) return undefined;
    const found = fault;
    fault.times -= 1;
    if (fault.times === 0) fault = undefined;
    return found;
  }

  function wait(response) {
    waiting.add(response);
    response.on('close', () => waiting.delete(response));
  }

  const server = await startServer(respond);

  async function fail(kind, options = {}) {
    const { times = Number.POSITIVE_INFINITY, only = /^/, answer = kinds[kind] } = options;
    if (answer === undefined && kind !== 'refuse') throw new Error(`no such fault: ${kind}`);
    await heal();
    if (kind === 'refuse') return server.close();
    fault = { kind, times, only, answer };
  }

  async function heal() {
    fault = undefined;
    for (const response of waiting) response.destroy();
    await server.open();
  }

  return { url: server.url, fail, heal, requests: () => seen, stop: server.stop };
}
