import { breakOff } from '../../../tests/support/pushing.mjs';
import { digestOf, indexOf, manifestOf } from '../../../tests/support/registry.mjs';
import { CONFIG } from './layers.mjs';
import { SPARED } from './settings.mjs';

const WAYS = { post: 3, put: 3, patch: 2, chunked: 1 };
// What is longer than the catalog keeps of a manifest.
const LARGE = 'x'.repeat(270_000);
const TAGS = ['a', 'b', 'c', 'd'];
// As often as an upload is begun, or gone on with.
const MOST_UPLOADS = 3;
const BEGUN = { 'content-length': '0' };

/** What writes to images: whole pushes, and tags of what is there. */
export function makePushes({ clock, history, judge, layers }) {
  let serial = 0;

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

  async function upload(caller, name, { bytes, digest }, random) {
    const way = random.weighed(WAYS);
    if (way === 'post') {
      return caller.ask(name, 'POST', `blobs/uploads/?digest=${digest}`, { body: bytes });
    }
    const mount = random.chance(0.3) ? `?mount=${digest}` : '';
    const begun = await caller.ask(name, 'POST', `blobs/uploads/${mount}`, { headers: BEGUN });
    if (begun.status !== 202) return begun;
    const { location } = begun.headers;
    const put = (body) => caller.ask(name, 'PUT', `${location}?digest=${digest}`, { body });
    if (way === 'put') return put(bytes);
    const isBroken = random.chance(0.2);
    if (isBroken) await breakPatch(caller, name, location, bytes, random);
    const patched = await patch(caller, name, location, bytes, way);
    return { ...(patched.status === 202 ? await put('') : patched), isBroken };
  }

  // A chunk says where it begins, so that no byte is taken twice.
  async function patch(caller, name, location, bytes, way) {
    let received = 0;
    for (let tries = 0; ; tries += 1) {
      const headers = { 'content-range': `${received}-${bytes.length - 1}` };
      if (way === 'chunked') headers['transfer-encoding'] = 'chunked';
      const body = bytes.subarray(received);
      const reply = await caller.ask(name, 'PATCH', location, { headers, body });
      if (reply.status !== 416 || tries === MOST_UPLOADS) return reply;
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

  /** Pushes an image under a tag. */
  async function push(caller, image, random) {
    serial += 1;
    const own = layers.some(image.account, random);
    const must = await deliverAll(caller, image, [CONFIG, ...own], random);
    const note = random.chance(0.1) ? LARGE : '';
    const bytes = own.map((layer) => layer.bytes);
    const text = manifestOf(bytes, { annotations: { serial: `${serial}`, note } });
    const manifest = { text, layers: [CONFIG, ...own], children: [] };
    return put(caller, image, random.pick(image.tags ?? TAGS), manifest, must);
  }

  // The first of these times: until then all of them must stay.
  async function deliverAll(caller, image, all, random) {
    let must = Number.POSITIVE_INFINITY;
    for (const layer of all) must = Math.min(must, await deliver(caller, image, layer, random));
    return must;
  }

  /** Puts a manifest whose blobs must be there until `must`, and remembers it where it was taken. */
  async function put(caller, image, tag, manifest, must = Number.POSITIVE_INFINITY) {
    const digest = digestOf(manifest.text);
    const writes = [
      history.begin(`${image.name}:${tag}`, digest),
      history.begin(`${image.name}@${digest}`, true),
    ];
    const reply = await caller.ask(image.name, 'PUT', `manifests/${tag}`, {
      headers: { 'content-type': JSON.parse(manifest.text).mediaType },
      body: manifest.text,
    });
    if (reply.status === 201) {
      for (const write of writes) write.made();
      image.manifests.set(digest, manifest);
      image.pointers.set(tag, digest);
      return;
    }
    for (const write of writes) write.refused();
    const isLate = reply.status === 404 && clock.now() > must;
    judge.check(isLate, () => `what was just pushed is gone: ${reply.text}, ${image.name}:${tag}`);
  }

  /** Points a tag at a manifest that is there. */
  async function retag(caller, image, random) {
    if (image.manifests.size === 0) return;
    const manifest = random.pick([...image.manifests.values()]);
    await put(caller, image, random.pick(image.tags ?? TAGS), manifest);
  }

  /** Pushes an index that lists manifests which are there. */
  async function list(caller, image, random) {
    const single = [...image.manifests.values()].filter(({ children }) => children.length === 0);
    if (single.length === 0) return;
    const children = [random.pick(single), random.pick(single)].map(({ text }) => text);
    const listed = {
      text: indexOf(children),
      layers: [],
      children: children.map((text) => digestOf(text)),
    };
    await put(caller, image, 'all', listed);
  }

  return { push, retag, list };
}
