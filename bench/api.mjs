import { once } from 'node:events';
import { createServer } from 'node:http';
import { release } from '../tests/support/fake-upstream.mjs';

/** Starts the API for the static registry: every release is stored at the same `location`. */
export async function startApi(lifetime, { port, location, token }) {
  const answers = { release: { d: [release(location)] }, token: { token } };
  const server = createServer(({ url }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(url.startsWith('/auth/') ? answers.token : answers.release));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  lifetime.add(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${port}` };
}
