import { once } from 'node:events';
import { createServer } from 'node:net';

// These ports are below those that the system gives to outgoing connections. Otherwise such a
// connection could take a port between the moment when it is chosen and the moment when it is used.
const PORTS = { from: 20_000, count: 10_000 };
const TRIES = 20;
const LOOPBACK = '127.0.0.1';

/** Makes a server listen on a port. Throws the server's error if the port is taken. */
export async function listen(server, port, host = LOOPBACK) {
  const listening = once(server, 'listening');
  server.listen(port, host);
  await listening;
}

/** Makes a server listen on a free port, and answers the port. */
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

/** Finds a port of the loopback interface that is free now. */
export async function freePort() {
  const { port } = await choosePorts({ port: LOOPBACK }, {});
  return port;
}

/**
 * Chooses a port for each name: the one in `fixed`, or else a free one. Holds all of them before it
 * releases any, so that no two names get the same port.
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
