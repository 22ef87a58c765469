import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../../dev/ports.mjs';

// How many round trips a new connection takes before its first request: one for TCP's handshake,
// and one for that of TLS 1.3. The bytes themselves are not encrypted.
const HANDSHAKES = 2;

/**
 * Starts a relay on `port` of loopback to `target`, a URL that seems to be `ms` milliseconds of round
 * trip away. `drop()` closes all connections, so that the next request needs a new one.
 */
export async function startRelay(lifetime, { port, target, ms }) {
  const { hostname, port: far } = new URL(target);
  const open = new Set();
  const server = createServer({ noDelay: true }, (client) => {
    const remote = connect({ host: hostname, port: far, noDelay: true });
    open.add(client);
    client.on('close', () => open.delete(client));
    const from = performance.now() + HANDSHAKES * ms;
    passLate(client, remote, { from, delay: ms / 2 });
    passLate(remote, client, { from, delay: ms / 2 });
  });
  await listen(server, port);

  async function drop() {
    const closed = [...open].map((client) => once(client, 'close'));
    for (const client of open) client.destroy();
    await Promise.all(closed);
  }

  lifetime.add(async () => {
    server.close();
    await drop();
  });
  return { drop };
}

// Passes on what one side sends, `delay` milliseconds after it came, but counts no byte as having come
// before `from`.
function passLate(source, sink, { from, delay }) {
  let last = Promise.resolve();
  const late = (pass) => {
    const at = Math.max(performance.now(), from) + delay;
    // One after the other, because two timers may fire in another order than they were set.
    last = last.then(() => sleep(at - performance.now())).then(pass);
  };
  source.on('data', (bytes) => late(() => sink.write(bytes)));
  source.on('end', () => late(() => sink.end()));
  source.on('error', () => source.destroy());
  source.on('close', () => late(() => sink.destroy()));
}
