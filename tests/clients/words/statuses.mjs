// What clients print for a status alone: a registry that answers each manifest as its name says.

import { once } from 'node:events';
import http from 'node:http';
import { after } from 'node:test';

const MESSAGE = 'these are the words';
const CODES = { 401: 'UNAUTHORIZED', 403: 'DENIED', 404: 'NAME_UNKNOWN' };

/** Each status, alone and with a `Warning` that has the message, too. */
export const STATUSES = Object.keys(CODES).flatMap((status) => [status, `${status}, \`Warning\``]);

/**
 * Starts the registry. Answers a list with an entry for each of [`STATUSES`], whose `of` has a client
 * pull. As in a real registry, everybody gets a token, and an answer to HEAD has no body.
 */
export async function statuses() {
  const server = http.createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `localhost:${server.address().port}`;
  return STATUSES.map((status) => {
    const [plain, warns] = status.split(', ');
    const name = `${host}/acme/${plain}${warns ? '-warns' : ''}`;
    return { status, message: new RegExp(MESSAGE), of: ({ pull }) => pull(name) };
  });
}

function answer(request, response) {
  const { host, authorization } = request.headers;
  if (request.url.startsWith('/auth/')) return json(response, 200, { token: 'any' });
  const challenge = `Bearer realm="http://${host}/auth/v1/token",service="${host}"`;
  const [, status, warns] = request.url.match(/\/acme\/(\d+)(-warns)?\//) ?? [];
  if (!authorization || !status) return refuse(response, 401, { 'www-authenticate': challenge });
  return refuse(response, status, {
    ...(status === '401' && { 'www-authenticate': challenge }),
    ...(warns && { warning: `299 - "${MESSAGE}"` }),
  });
}

const refuse = (response, status, headers) =>
  json(response, status, { errors: [{ code: CODES[status], message: MESSAGE }] }, headers);

function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
