import { once } from 'node:events';
import http from 'node:http';

// Below the ports that the system gives to outgoing connections: one of those could take the
// port of a server that refuses for a while.
const PORTS = { from: 20_000, count: 10_000 };
const TRIES = 20;

/**
 * An HTTP server on loopback that can stop listening and take its port again. Answers `{ url,
 * address, close(), open(), stop() }`.
 */
export async function startServer(listener) {
  // What is for a cache names a whole URL, and no host beside it.
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

async function listenSomewhere(server) {
  for (let tries = 1; ; tries += 1) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    try {
      await listen(server, port);
      return port;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || tries === TRIES) throw error;
    }
  }
}

// `once` rejects with the server's error, a port that is taken say.
function listen(server, port) {
  const listening = once(server, 'listening');
  server.listen(port, '127.0.0.1');
  return listening;
}
