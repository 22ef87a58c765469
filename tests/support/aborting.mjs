import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Sends a request on a connection of its own, to be reset before the answer is whole. Answers
 * `{ began, reset() }`: `began` is a promise of the first bytes of the answer.
 */
export async function sendToAbort(origin, path, headers = {}) {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(port, hostname);
  await once(socket, 'connect');
  const began = once(socket, 'data');
  began.catch(() => {});
  socket.on('error', () => {});
  const lines = Object.entries({ host, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return { began, reset: () => socket.resetAndDestroy() };
}
