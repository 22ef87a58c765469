import { once } from 'node:events';
import http from 'node:http';
import { listen, listenSomewhere } from '../ports.mjs';

/**
 * Starts an HTTP server on loopback. `close()` stops listening, and `open()` listens on the same port
 * again. Answers `{ url, address, close(), open(), stop() }`.
 */
export async function startServer(listener) {
  // The runtime's requests to a cache have a whole URL as their path, and no Host header.
  const options = { keepAliveTimeout: 60_000, requireHostHeader: false };
  const server = http.createServer(options, listener);
  const port = await listenSomewhere(server);
  const address = `127.0.0.1:${port}`;

  async function close() {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async function open() {
    if (!server.listening) await listen(server, port);
  }

  return { url: `http://${address}`, address, close, open, stop: close };
}
