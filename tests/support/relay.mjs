import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after } from 'node:test';

/**
 * Gives a server another address: passes every connection to `host` on to `url`. Answers
 * `{ url, sent() }`, where `sent` gives everything that the server sent, as text, one connection
 * after the other. Ends with the test file.
 */
export async function relay(url, host) {
  const { hostname, port } = new URL(url);
  const connections = [];
  const server = createServer((client) => {
    const upstream = connect(port, hostname);
    const sent = [];
    connections.push(sent);
    upstream.on('data', (chunk) => sent.push(chunk.toString('latin1')));
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await once(server.listen(0, host), 'listening');
  after(() => server.close());
  const sent = () => connections.flat().join('');
  return { url: `http://${host}:${server.address().port}`, sent };
}
