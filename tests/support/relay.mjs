import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after } from 'node:test';

/**
 * Gives a server another address: passes every connection to `host` on to `url`. Answers
 * `{ url, sent() }`, where `sent` gives everything that the server sent, as text. Ends with the test
 * file.
 */
export async function relay(url, host) {
  const { hostname, port } = new URL(url);
  let sent = '';
  const server = createServer((client) => {
    const upstream = connect(port, hostname);
    upstream.on('data', (chunk) => {
      sent += chunk.toString('latin1');
    });
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await once(server.listen(0, host), 'listening');
  after(() => server.close());
  return { url: `http://${host}:${server.address().port}`, sent: () => sent };
}
