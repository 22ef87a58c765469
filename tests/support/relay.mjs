import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after } from 'node:test';

/**
 * Gives a server another address: passes every connection to `host` on to `url`. Answers
 * `{ url, sent(), cutAfter(bytes) }`, where `sent` gives everything that the server sent, as text,
 * one connection after the other. Once the server has sent so many more bytes, `cutAfter` breaks the
 * connection that has the last of them. Ends with the test file.
 */
export async function relay(url, host) {
  const { hostname, port } = new URL(url);
  const connections = [];
  let left = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    const upstream = connect(port, hostname);
    const sent = [];
    connections.push(sent);
    upstream.on('data', (chunk) => {
      sent.push(chunk.toString('latin1'));
      left -= chunk.length;
      if (left > 0) return;
      left = Number.POSITIVE_INFINITY;
      for (const socket of [client, upstream]) socket.destroy();
    });
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await once(server.listen(0, host), 'listening');
  after(() => server.close());
  const sent = () => connections.flat().join('');
  const cutAfter = (bytes) => {
    left = bytes;
  };
  return { url: `http://${host}:${server.address().port}`, sent, cutAfter };
}
