import { digestOf, indexOf, manifestOf } from '../../../tests/support/registry.mjs';
import { CONFIG } from './layers.mjs';
import { makeUploads } from './uploads.mjs';

// What is longer than the catalog keeps of a manifest.
const LARGE = 'x'.repeat(270_000);
const TAGS = ['a', 'b', 'c', 'd'];

/** What writes to images: whole pushes, and tags of what is there. */
export function makePushes({ clock, history, judge, layers }) {
  const { deliver } = makeUploads({ clock, judge });
  let serial = 0;

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
