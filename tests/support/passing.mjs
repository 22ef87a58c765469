import { once } from 'node:events';
import http from 'node:http';
import { after } from 'node:test';
import { pass } from '../../dev/faults/forward.mjs';

const CODES = { 403: 'DENIED', 404: 'NAME_UNKNOWN' };

/**
 * A proxy before `to` that remembers the URLs of requests. With `refuses`, 403 or 404, it answers
 * requests for manifests with that status. Ends with the test file. Answers `{ url, urls }`.
 */
export async function passing(to, { refuses } = {}) {
  const urls = [];
  const errors = [{ code: CODES[refuses], message: 'another registry may have it' }];
  const server = http.createServer((request, response) => {
    urls.push(request.url);
    if (!refuses || !request.url.includes('/manifests/')) return pass(request, response, to);
    response.writeHead(refuses, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ errors }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, urls };
}
