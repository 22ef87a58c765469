import { createServer } from 'node:net';

// A port for each name: the fixed one where given, otherwise a free one. All are held at once
// before any is let go, so that no two names get the same.
export async function choosePorts(hosts, fixed) {
  const held = await Promise.all(
    Object.entries(hosts).map(async ([name, host]) => [name, await hold(host, fixed[name] ?? 0)]),
  );
  const ports = held.map(([name, server]) => [name, server.address().port]);
  await Promise.all(held.map(([, server]) => new Promise((done) => server.close(done))));
  return Object.fromEntries(ports);
}

function hold(host, port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

export async function isFree(port, host = '127.0.0.1') {
  try {
    const server = await hold(host, port);
    await new Promise((done) => server.close(done));
    return true;
  } catch {
    return false;
  }
}
