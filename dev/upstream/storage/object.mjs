import { createReadStream, readFileSync, statSync } from 'node:fs';
import { refusal } from './reply.mjs';

// Small files, such as the registry's links and manifests, are read at once: a stream would cost more.
const READ_AT_ONCE = 64 * 1024;

// GetObject and HeadObject for a file.
export function object({ method, headers: { range: header } }, file) {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile()) return refusal(404, 'NoSuchKey', 'The specified key does not exist.');
  const { size } = stats;
  const range = parseRange(header, size);
  if (range === 'unsatisfiable') {
    const headers = { 'Content-Range': `bytes */${size}` };
    return refusal(416, 'InvalidRange', 'The requested range is not satisfiable', headers);
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const headers = {
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start + 1,
    'Content-Type': 'application/octet-stream',
    ETag: etagOf(stats),
    'Last-Modified': stats.mtime.toUTCString(),
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  };
  const body = method === 'HEAD' ? undefined : read(file, size, { start, end });
  return { status: range ? 206 : 200, headers, body };
}

export const etagOf = ({ mtimeMs, size }) => `"${Math.trunc(mtimeMs)}-${size}"`;

function read(file, size, { start, end }) {
  if (size > READ_AT_ONCE) return createReadStream(file, { start, end });
  return readFileSync(file).subarray(start, end + 1);
}

// Reads a single range as `{start, end}`; undefined if there is none, or if S3 would ignore it.
function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || match[0] === 'bytes=-') return undefined;
  const [, from, to] = match;
  const start = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return start > end ? 'unsatisfiable' : { start, end };
}
