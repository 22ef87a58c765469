import { once } from 'node:events';
import { createServer } from 'node:net';

// Below the ports that the system gives to outgoing connections: one of those could take a port
// that was chosen and is not listened on yet, or not for a while.
const PORTS = { from: 20_000, count: 10_000 };
const TRIES = 20;
const LOOPBACK = '127.0.0.1';

/** Has a server listen on a port; fails with the server's error where that is taken. */
export async function listen(server, port, host = LOOPBACK) {
  const listening = once(server, 'listening');
  server.listen(port, host);
  await listening;
}

/** Has a server listen on a free port, and answers that. */
export async function listenSomewhere(server, host = LOOPBACK) {
  for (let tries = 1; ; tries += 1) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    try {
      await listen(server, port, host);
      return port;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || tries === TRIES) throw error;
    }
  }
}

/** A port of the loopback interface that nobody listens on now. */
export async function freePort() {
  const { port } = await choosePorts({ port: LOOPBACK }, {});
  return port;
}

/**
 * A port for each name: the fixed one where given, otherwise a free one. All are held at once
 * before any is let go, so that no two names get the same.
 */
export async function choosePorts(hosts, fixed) {
  const held = await Promise.all(
    Object.entries(hosts).map(async ([name, host]) => [name, await hold(host, fixed[name])]),
  );
  const ports = held.map(([name, server]) => [name, server.address().port]);
  await Promise.all(held.map(([, server]) => letGo(server)));
  return Object.fromEntries(ports);
}

export async function isFree(port, host = LOOPBACK) {
  try {
    await letGo(await hold(host, port));
    return true;
  } catch {
    return false;
  }
}

async function hold(host, port) {
  const server = createServer();
  if (port) await listen(server, port, host);
  else await listenSomewhere(server, host);
  return server;
}

const letGo = (server) => new Promise((done) => server.close(done));
