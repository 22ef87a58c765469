import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after } from 'node:test';

/**
 * Gives a server another address: passes every connection to `host` on to `to`. Answers
 * `{ url, sent(), cutAfter(bytes), cutAfterReceived(bytes), cuts() }`, where `sent` gives everything
 * that the server sent, as text, one connection after the other. Once the server has sent so many more
 * bytes, `cutAfter` breaks the connection that has the last of them; `cutAfterReceived` does so for
 * what the server received. `cuts` counts the broken connections. Ends with the test file.
 */
export async function relay(to, host) {
  const { hostname, port } = new URL(to);
  const connections = [];
  const left = { sent: Number.POSITIVE_INFINITY, received: Number.POSITIVE_INFINITY };
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(port, hostname);
    const sent = [];
    connections.push(sent);
    const count = (way, { length }) => {
      left[way] -= length;
      if (left[way] > 0) return;
      left[way] = Number.POSITIVE_INFINITY;
      cuts += 1;
      for (const socket of [client, upstream]) socket.destroy();
    };
    client.on('data', (chunk) => count('received', chunk));
    upstream.on('data', (chunk) => {
      sent.push(chunk.toString('latin1'));
      count('sent', chunk);
    });
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await once(server.listen(0, host), 'listening');
  after(() => server.close());
  const sent = () => connections.flat().join('');
  const cutAfter = (bytes) => {
    left.sent = bytes;
  };
  const cutAfterReceived = (bytes) => {
    left.received = bytes;
  };
  const url = `http://${host}:${server.address().port}`;
  return { url, sent, cutAfter, cutAfterReceived, cuts: () => cuts };
}
