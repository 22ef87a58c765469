import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after } from 'node:test';

/** Another address for a server: what comes to `host` goes to `url`. Ends with the test file. */
export async function relay(url, host) {
  const { hostname, port } = new URL(url);
  const server = createServer((client) => {
    const upstream = connect(port, hostname);
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await once(server.listen(0, host), 'listening');
  after(() => server.close());
  return `http://${host}:${server.address().port}`;
}
