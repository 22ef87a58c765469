import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { after } from 'node:test';
import { listenSomewhere } from '../../dev/ports.mjs';
import { scratch } from './clients.mjs';

const LEAF = 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n';

/**
 * A server on https with a certificate of an authority of its own, which answers everything with a
 * JSON text. Ends with the test file. Answers `{ url, certificate }`, the file of the authority.
 */
export async function httpsServer(text) {
  const dir = scratch('https');
  const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
  const key = (file) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file];
  writeFileSync(join(dir, 'leaf'), LEAF);
  openssl('req', '-x509', ...key('own.key'), '-out', 'authority.pem', '-subj', '/CN=authority');
  openssl('req', ...key('leaf.key'), '-out', 'leaf.csr', '-subj', '/CN=localhost');
  const by = ['-CA', 'authority.pem', '-CAkey', 'own.key', '-CAcreateserial'];
  openssl('x509', '-req', '-in', 'leaf.csr', ...by, '-extfile', 'leaf', '-out', 'leaf.pem');
  const read = (name) => readFileSync(join(dir, name));
  const pair = { key: read('leaf.key'), cert: read('leaf.pem') };
  const server = https.createServer(pair, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  });
  const port = await listenSomewhere(server);
  after(() => server.close().closeAllConnections());
  return { url: `https://localhost:${port}`, certificate: join(dir, 'authority.pem') };
}
