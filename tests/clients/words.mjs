// What clients print when they are refused: each client in each situation, against a real Worker.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { after } from 'node:test';
import { pass } from '../../dev/faults/forward.mjs';
import { bodyLimit } from '../support/body-limit.mjs';
import { scratch } from '../support/clients.mjs';
import { hosting } from '../support/hosting.mjs';
import { imageToPush } from '../support/images.mjs';
import { client as asClient, owner as asOwner } from '../support/registry.mjs';
import { redirecting, startTestUpstream } from '../support/upstream.mjs';
import { buildah } from './adapters/buildah.mjs';
import { buildkit } from './adapters/buildkit.mjs';
import { crane } from './adapters/crane.mjs';
import { CONTAINERD_2, ctr } from './adapters/ctr.mjs';
import { DOCKER_29, docker } from './adapters/docker.mjs';
import { helm } from './adapters/helm.mjs';
import { oras } from './adapters/oras.mjs';
import { podman } from './adapters/podman.mjs';
import { regctl } from './adapters/regctl.mjs';
import { skopeo } from './adapters/skopeo.mjs';

export const PROGRAMS = [
  ...['docker', 'dockerd', 'docker-29', 'dockerd-29', 'buildkitd', 'buildctl'],
  ...['containerd', 'ctr', 'containerd-2', 'ctr-2', 'podman', 'buildah'],
  ...['skopeo', 'crane', 'regctl', 'oras', 'helm'],
];

/** Every client by the name that the documents have for it, and how it is started. */
export const CLIENTS = {
  'docker 29': () => docker(DOCKER_29),
  'docker 20.10': () => docker(),
  'BuildKit 0.25': buildkit,
  'containerd 2.4': () => ctr(CONTAINERD_2),
  'containerd 1.6': () => ctr(),
  podman,
  buildah,
  skopeo,
  crane,
  regctl,
  oras,
  helm,
};

// One layer of the image is longer, and its config is shorter.
const LIMIT = 10_000;

/**
 * The situations in which a client is refused. `of` brings a client's adapter into one, and `message`
 * matches the words of the answer that the client gets.
 */
export async function situations() {
  const upstream = await startTestUpstream();
  after(upstream.stop);
  const here = await hosting(redirecting(upstream));
  const edge = new URL((await bodyLimit(here.url, LIMIT)).url).host;
  const forbidding = await forbids(here.url);
  const mine = await here.account();
  const credential = ({ user, secret }) => ({ user, password: secret });
  const puller = credential(asClient(await here.client(mine, { '*': ['pull'] })));
  const owner = credential(asOwner(mine));
  const dir = scratch('words');
  const image = () => imageToPush(dir, { title: `words-${randomBytes(6).toString('hex')}` });
  const own = `${mine.account}/myapp/image:v1`;

  return {
    '401: wrong credentials': {
      message: /wrong credentials: log in with/,
      of: ({ pull }) => pull(`${here.host}/acme/kiosk`, { password: 'wrong' }),
    },
    '401: a push that is not granted': {
      message: /you may not push to/,
      of: ({ push }) => push(image(), `${here.host}/${own}`, puller),
    },
    '403 of a proxy': {
      message: /you may not go here/,
      of: ({ pull }) => pull(`${forbidding}/acme/nothing`),
    },
    '404: no such image': {
      message: /was not found\. If it is private, log in first/,
      of: ({ pull }) => pull(`${here.host}/acme/nothing`),
    },
    '405: a push to a release': {
      message: /a release cannot be changed by a registry client/,
      of: ({ push }) => push(image(), `${here.host}/acme/kiosk:latest`),
    },
    '413 of Cloudflare': {
      message: /413 Request Entity Too Large/,
      of: ({ push }) => push(image(), `${edge}/${own}`, owner),
    },
  };
}

/** A host that answers as the Worker does, but 403 for manifests. HEAD has no body. */
async function forbids(url) {
  const errors = [{ code: 'DENIED', message: 'you may not go here' }];
  const server = http.createServer((request, response) => {
    if (!request.url.includes('/manifests/')) return pass(request, response, url);
    response.writeHead(403, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ errors }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `localhost:${server.address().port}`;
}
