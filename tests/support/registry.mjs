import { createHash } from 'node:crypto';
import { basic, bearer, send } from './http.mjs';

export const TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  docker: 'application/vnd.docker.distribution.manifest.v2+json',
  list: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

export const digestOf = (bytes, algorithm = 'sha256') =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

export const descriptor = (mediaType, bytes, more = {}) => ({
  mediaType,
  digest: digestOf(bytes),
  size: Buffer.byteLength(bytes),
  ...more,
});

/** A manifest of one config and these layers, as text. */
export const manifestOf = (layers, { config = '{}', ...more } = {}) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: TYPES.manifest,
    config: descriptor(TYPES.config, config),
    layers: layers.map((layer) => descriptor(TYPES.layer, layer)),
    ...more,
  });

/** An index of these manifests, as text. */
export const indexOf = (manifests, more = {}) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: TYPES.index,
    manifests: manifests.map((text) => descriptor(JSON.parse(text).mediaType, text)),
    ...more,
  });

/** Who somebody is, as `login` of `registry`. */
export const owner = ({ key }) => ({ user: 'KEY', secret: key });
export const client = ({ id, secret }) => ({ user: id, secret });

/**
 * A client of the registry API that says what it does: each request is sent as it is, with a token
 * for all that `login` may do with `name`. Without `login` it is anonymous.
 */
export function registry(url, name, login) {
  let held;

  async function token() {
    const scope = encodeURIComponent(`repository:${name}:pull,push,delete`);
    const headers = login ? basic(login.secret, login.user) : {};
    const reply = await send(url, `/auth/v1/token?service=test&scope=${scope}`, { headers });
    if (reply.status !== 200) throw new Error(`no token: ${reply.status} ${reply.text}`);
    return reply.json.token;
  }

  /** A request below the name, under one token for all of them. */
  async function ask(method, path, { headers, body } = {}) {
    held ??= await token();
    const target = path.startsWith('/v2/') ? path : `/v2/${name}/${path}`;
    return send(url, target, { method, headers: { ...bearer(held), ...headers }, body });
  }

  const start = (query = '') => ask('POST', `blobs/uploads/${query}`, { headers: EMPTY });

  async function pushBlob(bytes, digest = digestOf(bytes)) {
    const started = await start();
    expect(started, 202);
    const { location } = started.headers;
    const path = location.replace(/^https?:\/\/[^/]*/, '');
    const target = `${path}${path.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
    const headers = { 'content-type': 'application/octet-stream', ...length(bytes) };
    return ask('PUT', target, { headers, body: bytes });
  }

  const pushManifest = (reference, text, type = JSON.parse(text).mediaType) =>
    ask('PUT', `manifests/${reference}`, {
      headers: { 'content-type': type, ...length(text) },
      body: text,
    });

  /** A whole image, of which every part must be accepted. Answers its manifest's text. */
  async function pushImage(reference, layers, more) {
    const config = more?.config ?? '{}';
    for (const bytes of [config, ...layers]) expect(await pushBlob(bytes), 201);
    const text = manifestOf(layers, more);
    expect(await pushManifest(reference, text), 201);
    return text;
  }

  const get = (path, headers) => ask('GET', path, { headers });
  const head = (path, headers) => ask('HEAD', path, { headers });
  const remove = (path) => ask('DELETE', path);
  const forgetToken = () => {
    held = undefined;
  };
  return { ask, start, pushBlob, pushManifest, pushImage, get, head, remove, token, forgetToken };
}

const EMPTY = { 'content-length': '0' };
const length = (bytes) => ({ 'content-length': `${Buffer.byteLength(bytes)}` });

/** Fails with what was answered where the status is another. */
export function expect(reply, status) {
  if (reply.status !== status) {
    throw new Error(`${reply.status} instead of ${status}: ${reply.text}`);
  }
  return reply;
}
