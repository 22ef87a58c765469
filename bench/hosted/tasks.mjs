import { inLanes } from '../in-lanes.mjs';
import { newBlob, newManifest } from './blobs.mjs';
import { FEW, few, MANY } from './fill.mjs';

const MEGABYTE = 1_000_000;
// More than one, so that bhcr must read the layer back to hash it.
const CHUNKS = 2;
const LAYERS = 20;
// As many as docker sends at once.
const UPLOADS = 5;
const CONNECTIONS = 4;
const MANIFESTS = 100;
// Each is asked for several times, as one time takes too short to measure.
const TIMES = 5;
const PAGE = 100;
const PAGES = 50;

/**
 * What is measured. Each task has `id`, `title`, and the sides that it is for, `on`. `prepare` makes
 * what `work` then takes; only `work` is measured; `end` removes what is large. `bytes` is what is
 * pushed: a layer of `layer` bytes, or one of `chunked` bytes in chunks.
 */
export const makeTasks = ({ layer, chunked }) => [
  {
    ...{ id: 'layer', title: `a layer of ${layer / MEGABYTE} MB: POST, PATCH, PUT` },
    ...{ on: ['bhcr', 'js_store', 'distribution'], bytes: layer },
    prepare: () => newBlob(layer),
    work: (side, blob) => side.stream(blob),
    end: (side, blob) => side.forget(blob),
  },
  {
    ...{ id: 'layer_at_once', title: `a layer of ${layer / MEGABYTE} MB: POST, PUT` },
    ...{ on: ['bhcr', 'js_store', 'distribution'], bytes: layer },
    prepare: () => newBlob(layer),
    work: (side, blob) => side.put(blob),
    end: (side, blob) => side.forget(blob),
  },
  {
    ...{ id: 'layer_in_chunks', title: `${chunked / MEGABYTE} MB: POST, ${CHUNKS} PATCH, PUT` },
    ...{ on: ['bhcr', 'js_store', 'distribution'], bytes: chunked },
    prepare: () => newBlob(chunked),
    work: (side, blob) => side.chunks(blob, CHUNKS),
    end: (side, blob) => side.forget(blob),
  },
  {
    ...{ id: 'image', title: `an image of ${LAYERS} layers of 1 MB, ${UPLOADS} at once` },
    ...{ on: ['bhcr', 'distribution'], bytes: LAYERS * MEGABYTE },
    prepare: newImage,
    work: pushImage,
  },
  {
    ...{ id: 'put_manifests', title: `PUT ${MANIFESTS} manifests over ${CONNECTIONS} connections` },
    on: ['bhcr', 'distribution'],
    prepare: ({ base }) => Array.from({ length: MANIFESTS }, () => newManifest(base)),
    work: ({ pushed }, texts) =>
      inLanes(CONNECTIONS, texts.entries(), ([at, text]) => pushed.putManifest(`v${at}`, text)),
  },
  {
    ...{ id: 'get_manifests', title: `GET ${few.length * TIMES} manifests by tag` },
    on: ['bhcr', 'distribution'],
    prepare: () => Array.from({ length: TIMES }, () => few).flat(),
    work: (side, tags) => inLanes(CONNECTIONS, tags, (tag) => side.few.get(`manifests/${tag}`)),
  },
  {
    ...{ id: 'tags_of_few', title: `${PAGES} pages of ${PAGE} tags, of ${FEW}`, on: ['bhcr'] },
    work: (side) => listTags(side.few, `n=${PAGE}`),
  },
  {
    ...{ id: 'tags_of_many', title: `${PAGES} pages of ${PAGE} tags, of ${MANY}`, on: ['bhcr'] },
    // From the middle, so that a list that counts from its beginning would be found out.
    work: (side) => listTags(side.many, `n=${PAGE}&last=v0${MANY / 2}`),
  },
];

function newImage() {
  const blobs = Array.from({ length: 1 + LAYERS }, (_, at) => newBlob(at === 0 ? 2000 : MEGABYTE));
  return { blobs, manifest: newManifest(blobs) };
}

async function pushImage({ pushed }, { blobs: [config, ...layers], manifest }) {
  await inLanes(UPLOADS, layers, pushed.offer);
  await pushed.offer(config);
  await pushed.putManifest('latest', manifest);
}

async function listTags(image, query) {
  for (let page = 0; page < PAGES; page += 1) {
    const { tags } = (await image.get(`tags/list?${query}`)).json;
    if (tags.length !== PAGE) throw new Error(`a page has ${tags.length} tags`);
  }
}
