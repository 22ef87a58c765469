import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BUCKET } from './bucket.mjs';
import { etagOf } from './object.mjs';
import { xml } from './reply.mjs';

const MAX_KEYS = 1000;

// ListObjects in both versions, which differ in how a client asks for the next page.
export function listing(root, query) {
  const isSecond = query.get('list-type') === '2';
  const after = query.get(isSecond ? 'continuation-token' : 'marker') ?? '';
  const most = Math.min(query.get('max-keys') ?? MAX_KEYS, MAX_KEYS);
  const page = [];
  let isTruncated = false;
  for (const entry of entries(root, query.get('prefix') ?? '', query.get('delimiter'))) {
    if (entry <= after) continue;
    isTruncated = page.length === most;
    if (isTruncated) break;
    page.push(entry);
  }
  return xml(200, document(root, page, { isTruncated, isSecond }));
}

// Keys in S3's order, which is that of their bytes. With a delimiter, a folder is listed once instead
// of its files, with a slash at its end. S3 has no empty folders.
function* entries(root, prefix, delimiter) {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  for (const entry of childrenOf(root, folder)) {
    if (!entry.startsWith(prefix)) continue;
    if (!entry.endsWith('/')) yield entry;
    else if (delimiter === null) yield* entries(root, entry, null);
    else if (!entries(root, entry, null).next().done) yield entry;
  }
}

function childrenOf(root, folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .map((child) => `${folder}${child.name}${child.isDirectory() ? '/' : ''}`)
    .sort();
}

function document(root, page, { isTruncated, isSecond }) {
  const next = isSecond ? 'NextContinuationToken' : 'NextMarker';
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Name>${BUCKET}</Name><IsTruncated>${isTruncated}</IsTruncated>`,
    isSecond ? `<KeyCount>${page.length}</KeyCount>` : '',
    isTruncated ? `<${next}>${page.at(-1)}</${next}>` : '',
    ...page.map((entry) => (entry.endsWith('/') ? folder(entry) : file(root, entry))),
    '</ListBucketResult>',
  ].join('');
}

const folder = (prefix) => `<CommonPrefixes><Prefix>${prefix}</Prefix></CommonPrefixes>`;

function file(root, key) {
  const stats = statSync(join(root, key));
  const modified = stats.mtime.toISOString();
  return `<Contents><Key>${key}</Key><LastModified>${modified}</LastModified><ETag>${etagOf(stats)}</ETag><Size>${stats.size}</Size></Contents>`;
}
