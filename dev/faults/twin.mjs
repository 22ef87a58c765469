import { startServer } from './server.mjs';

/**
 * Starts a twin of a service that the runtime calls over HTTP. Any number of Workers can share it.
 * `methods` has a listener for each HTTP method, which gets `(key, { request, response, fault })`;
 * `keyOf` reads the key from a URL. `fail(kind, options)` makes the twin fail, with a kind out of
 * `faults`. `requests()` gives all requests so far as `{ method, key, status }`.
 */
export async function startTwin({ faults, keyOf, methods }) {
  const seen = [];
  const waiting = new Set();
  let fault = {};

  async function answer(request, response) {
    const { method } = request;
    const key = keyOf(request.url);
    response.on('close', () => seen.push({ method, key, status: response.statusCode }));
    if (fault.kind === 'error') return say(response, 500, 'the service is out of order');
    if (fault.kind === 'hang') return wait(response);
    if (!(method in methods)) return say(response, 405, 'no such method');
    return methods[method](key, { request, response, fault });
  }

  function wait(response) {
    waiting.add(response);
    response.on('close', () => waiting.delete(response));
  }

  const server = await startServer((request, response) =>
    answer(request, response).catch(() => response.destroy()),
  );

  async function heal() {
    fault = {};
    for (const response of waiting) response.destroy();
    await server.open();
  }

  async function fail(kind, options = {}) {
    if (!faults.includes(kind)) throw new Error(`no such fault: ${kind}`);
    await heal();
    if (kind === 'refuse') return server.close();
    fault = { ...options, kind };
  }

  const { address, stop } = server;
  return { address, fail, heal, requests: () => seen, stop };
}

/** Sends a status, and a body if there is one. */
export function say(response, status, body) {
  response.writeHead(status).end(body);
}
