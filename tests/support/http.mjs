import http from 'node:http';

/**
 * One HTTP request, sent as it is: no path is folded, no redirect followed, nothing decompressed.
 * Answers `{ status, headers, body, text, json }`.
 */
export function send(origin, path, { method = 'GET', headers = {}, body } = {}) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve(answer(response, Buffer.concat(chunks))));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A token for scopes, in whatever way `options` sends them. */
export async function token(origin, scopes, options = {}) {
  const query = scopes.map((scope) => `scope=${encodeURIComponent(scope)}`).join('&');
  const reply = await send(origin, `/auth/v1/token?service=test&${query}`, options);
  if (reply.status !== 200) throw new Error(`no token: ${reply.status} ${reply.text}`);
  return reply.json.token;
}

export const pull = (name) => `repository:${name}:pull`;
export const bearer = (value) => ({ authorization: `Bearer ${value}` });
export const basic = (password, user = 'anyone') => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

function answer({ statusCode: status, headers }, body) {
  return {
    status,
    headers,
    body,
    text: body.toString(),
    get json() {
      return JSON.parse(body);
    },
  };
}
