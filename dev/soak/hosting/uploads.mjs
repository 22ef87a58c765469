import { breakOff } from '../../../tests/support/pushing.mjs';
import { SPARED } from './settings.mjs';

const WAYS = { post: 3, put: 3, patch: 2, chunked: 1 };
// As often as an upload is begun, or gone on with.
const MOST_UPLOADS = 3;
const BEGUN = { 'content-length': '0' };

/** What brings blobs into images, in all the ways that clients have. */
export function makeUploads({ clock, judge }) {
  /** Brings a blob there. Answers until when it must stay, in the catalog's time. */
  async function deliver(caller, { name }, layer, random) {
    const told = clock.now() + SPARED.told;
    if (random.chance(0.5)) {
      const head = await caller.ask(name, 'HEAD', `blobs/${layer.digest}`);
      if (head.status === 200) return told;
    }
    const pushed = clock.now() + SPARED.pushed;
    for (let tries = 0; tries < MOST_UPLOADS; tries += 1) {
      const reply = await upload(caller, name, layer, random);
      if (reply.status === 201) return pushed;
      // The upload has ended with a try before, or a request that broke off took it over.
      const isExplained = reply.tries > 1 ? reply.status === 404 : reply.isBroken;
      judge.check(
        isExplained,
        () => `a blob was not taken: ${reply.status} ${reply.text}, ${name}`,
      );
    }
    return Number.NEGATIVE_INFINITY;
  }

  return { deliver };
}

async function upload(caller, name, { bytes, digest }, random) {
  const way = random.weighed(WAYS);
  if (way === 'post') {
    return caller.ask(name, 'POST', `blobs/uploads/?digest=${digest}`, { body: bytes });
  }
  const mount = random.chance(0.3) ? `?mount=${digest}` : '';
  const begun = await caller.ask(name, 'POST', `blobs/uploads/${mount}`, { headers: BEGUN });
  if (begun.status !== 202) return begun;
  const { location } = begun.headers;
  const put = (at, body) => caller.ask(name, 'PUT', `${at}?digest=${digest}`, { body });
  if (way === 'put') return put(location, bytes);
  const isBroken = random.chance(0.2);
  if (isBroken) await breakPatch(caller, name, location, bytes, random);
  const patched = await patch(caller, name, location, bytes, way);
  if (patched.status !== 202) return { ...patched, isBroken };
  return { ...(await put(patched.headers.location, '')), isBroken };
}

// A chunk says where it begins, so that no byte is taken twice.
async function patch(caller, name, begun, bytes, way) {
  let [received, location] = [0, begun];
  for (let tries = 0; ; tries += 1) {
    const headers = { 'content-range': `${received}-${bytes.length - 1}` };
    if (way === 'chunked') headers['transfer-encoding'] = 'chunked';
    const body = bytes.subarray(received);
    const reply = await caller.ask(name, 'PATCH', location, { headers, body });
    if (reply.status !== 416 || tries === MOST_UPLOADS) return reply;
    location = reply.headers.location;
    received = Number(reply.headers.range.split('-')[1]) + 1;
    if (received === bytes.length) return { ...reply, status: 202 };
  }
}

async function breakPatch(caller, name, location, bytes, random) {
  const { origin, headers } = await caller.raw(name).catch(() => ({}));
  if (!origin) return;
  const pieces = [bytes.subarray(0, random.between(0, bytes.length))];
  await breakOff(origin, location, { method: 'PATCH', pieces, length: bytes.length, headers });
}
