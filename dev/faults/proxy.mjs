import { pass } from './forward.mjs';
import { kinds } from './kinds.mjs';
import { startServer } from './server.mjs';

/** How a proxy can fail. */
export const PROXY_FAULTS = ['refuse', ...Object.keys(kinds)];

/**
 * A proxy before `target` that passes everything, until it is told how to fail: `fail(kind)`, for
 * all that comes; with `times` for so many requests, with `only` for those whose URL it matches,
 * and with `answer`, a listener like those of `kinds`, in a way of the caller's own.
 * `well` is how it passes what it passes. `requests()` gives `{ method, url, fault }` of all.
 */
export async function startFaultyProxy(target, { well = pass } = {}) {
  const seen = [];
  const waiting = new Set();
  let fault;

  function respond(request, response) {
    const { method, url } = request;
    const { kind, answer } = faultFor(url) ?? {};
    seen.push({ method, url, fault: kind });
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
