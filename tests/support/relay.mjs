import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after } from 'node:test';

/**
 * Another address for a server: what comes to `host` goes to `url`. Answers `{ url, sent() }`, the
 * second for all bytes that the server sent, as text. Ends with the test file.
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
