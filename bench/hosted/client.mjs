import { bearer, send } from '../../tests/support/http.mjs';
import { sendBody, withDigest } from '../../tests/support/pushing.mjs';
import { expect, TYPES } from '../../tests/support/registry.mjs';

const CHUNK = { 'content-type': 'application/octet-stream' };

/** A client of the registry at `url`, which sends for the image `name` what docker and others send. */
export function client(url, name, token) {
  const image = `/v2/${name}`;
  const headers = bearer(token);
  const accepting = { ...headers, accept: TYPES.manifest };

  async function ask(status, method, path, { pieces = [], length = 0, more } = {}) {
    const body = { pieces, length, headers: { ...headers, ...more } };
    return expect(await sendBody(url, path, { method, ...body }), status);
  }

  /** The path to send a blob to. */
  const begin = async () => located(await ask(202, 'POST', `${image}/blobs/uploads/`));

  /** As docker pushes a blob: POST, PATCH with all its bytes, PUT. */
  const stream = (blob) => chunks(blob, 1);

  /** As regctl pushes a large blob: POST, several times PATCH with a part of its bytes, PUT. */
  async function chunks(blob, count) {
    let path = await begin();
    for (const { first, end } of split(blob, count)) {
      const range = count > 1 && { 'content-range': `${first}-${end - 1}` };
      const chunk = { pieces: blob.from(first, end), length: end - first };
      path = located(await ask(202, 'PATCH', path, { ...chunk, more: { ...CHUNK, ...range } }));
    }
    await ask(201, 'PUT', withDigest(path, blob.digest));
  }

  /** As containerd, BuildKit and helm push a blob: POST, PUT with its bytes and its digest. */
  async function put(blob) {
    const whole = { pieces: blob.from(), length: blob.length, more: CHUNK };
    await ask(201, 'PUT', withDigest(await begin(), blob.digest), whole);
  }

  /** As docker pushes a blob that the registry may have. */
  async function offer(blob) {
    const { status } = await send(url, `${image}/blobs/${blob.digest}`, {
      ...{ method: 'HEAD', headers },
    });
    if (status !== 404) throw new Error(`${url} has a new blob already: ${status}`);
    await stream(blob);
  }

  const putManifest = (reference, text) =>
    ask(201, 'PUT', `${image}/manifests/${reference}`, {
      ...{ pieces: [text], length: text.length, more: { 'content-type': TYPES.manifest } },
    });

  async function get(path) {
    return expect(await send(url, `${image}/${path}`, { headers: accepting }), 200);
  }

  return { stream, chunks, put, offer, putManifest, get };
}

/** The bytes of each of `count` equal chunks of a blob, from `first` to `end`. */
export const split = ({ length }, count) =>
  Array.from({ length: count }, (_, number) => {
    const [first, end] = [number, number + 1].map((at) => (length / count) * at);
    return { number, first, end };
  });

// distribution tells a whole URL.
function located({ headers: { location } }) {
  const { pathname, search } = new URL(location, 'http://any');
  return pathname + search;
}
