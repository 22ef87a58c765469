import http from 'node:http';
import { describeExchange, remember } from './exchanges.mjs';

/**
 * Sends one HTTP request as it is: folds no path, follows no redirect, decompresses nothing. `agent`
 * has the connections to use, if they are not Node's own. Answers `{ status, headers, body, text, json, about }`, where `about` describes the request and
 * the answer for people, without credentials.
 */
export function send(origin, path, { method = 'GET', headers = {}, body, agent } = {}) {
  const { hostname, port } = new URL(origin);
  const answered = (response, bytes) =>
    answer({ method, url: `${origin}${path}` }, response, bytes);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, method, headers, agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(answered(response, Buffer.concat(chunks))));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Gets a token for scopes; `options` are those of `send`, with the credential for example. */
export async function token(origin, scopes, options = {}) {
  const query = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join('&');
  const reply = await send(origin, `/auth/v1/token?service=test&${query}`, options);
  if (reply.status !== 200) throw new Error(`no token: ${reply.about}`);
  return reply.json.token;
}

export const pull = (name) => `repository:${name}:pull`;
export const bearer = (value) => ({ authorization: `Bearer ${value}` });
export const basic = (password, user = 'anyone') => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

function answer(request, { statusCode: status, headers }, body) {
  const about = describeExchange({ ...request, status, headers, body });
  remember(about);
  return {
    status,
    headers,
    body,
    about,
    text: body.toString(),
    get json() {
      return JSON.parse(body);
    },
  };
}
