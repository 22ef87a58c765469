import { once } from 'node:events';
import http from 'node:http';

/** The only location that the fake upstream knows. */
export const LOCATION = 'v2/00000000000000000000000000000000';
const json =
  (value, status = 200) =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };

/** The parts of it, each with the beginning of its paths. */
const PARTS = [
  ['applications', '/v7/application'],
  ['release', '/v7/'],
  ['token', '/auth/'],
  ['registry', '/'],
];

/**
 * Starts an upstream that fails as a test says, for faults that the real one cannot be made to have.
 * API and registry are one origin. A test replaces the request listeners `answers.release`,
 * `answers.applications`, `answers.token` and `answers.registry`; `heal()` puts back those that answer well.
 */
export async function startFakeUpstream() {
  const answers = {};
  const seen = [];
  const server = http.createServer((request, response) => {
    seen.push({ url: request.url, headers: request.headers });
    const [part] = PARTS.find(([, start]) => request.url.startsWith(start));
    answers[part](request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const well = {
    applications: json({ d: [] }),
    release: json({ d: [release(`${new URL(url).host}/${LOCATION}`)] }),
    token: json({ token: jwt({}) }),
    registry: (_, response) => response.writeHead(404).end(),
  };
  return {
    url,
    seen,
    answers,
    settings: { REGISTRY_URL: url, API_URL: url },
    heal: () => Object.assign(answers, well),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Request listeners that make faults. */
export const faults = {
  json,
  status:
    (status, headers = {}) =>
    (_, response) =>
      response.writeHead(status, headers).end('{"secret":"inside"}'),
  text: (text) => (_, response) => response.end(text),
  hang: () => () => {},
  breakOff: () => (_, response) => response.socket.destroy(),
  truncated: () => (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"d":[');
    setTimeout(() => response.socket.destroy(), 50);
  },
};

/**
 * Makes an upstream token; nobody checks its signature here. By default it expires too soon to be
 * shared, so the Worker asks for a token for each caller.
 */
export function jwt({ secondsLeft = 600, access = [grant(LOCATION)] }) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + secondsLeft;
  return `${part({ alg: 'ES256' })}.${part({ exp, access })}.c2lnbmF0dXJl`;
}

/** One entry of an upstream token's `access`. */
export const grant = (name, actions = ['pull']) => ({ type: 'repository', name, actions });

/** A release of one image at `location`, as OData answers it. */
export function release(location) {
  const image = {
    id: 1,
    status: 'success',
    is_stored_at__image_location: location,
    is_a_build_of__service: [{ service_name: 'main' }],
  };
  return { id: 1, release_image: [{ id: 1, image: [image] }] };
}
