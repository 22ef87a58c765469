import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';

const BLOB = /^\/docker\/registry\/v2\/blobs\/sha256\/[0-9a-f]{2}\/([0-9a-f]{64})\/data$/;

// Serves the registry's blob files as S3 serves objects by presigned URLs.
export function answer(root, request, response) {
  if (request.headers.authorization !== undefined) return onlyOneAuthMechanism(response);
  if (!['GET', 'HEAD'].includes(request.method)) {
    return xml(response, 405, 'MethodNotAllowed', 'The specified method is not allowed.');
  }
  const digest = BLOB.exec(request.url)?.[1];
  const file = join(root, request.url);
  const size = digest && statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return xml(response, 404, 'NoSuchKey', 'The key does not exist.');
  return object(request, response, { file, digest, size });
}

// S3 refuses a presigned request that carries an Authorization header as well.
function onlyOneAuthMechanism(response) {
  const message =
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query ' +
    'string parameter or the Authorization header should be specified';
  return xml(response, 400, 'InvalidArgument', message);
}

function object(request, response, { file, digest, size }) {
  const range = parseRange(request.headers.range, size);
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${size}`);
    return xml(response, 416, 'InvalidRange', 'The requested range is not satisfiable');
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range ? 206 : 200, {
    'Accept-Ranges': 'bytes',
    'Content-Length': end - start + 1,
    'Content-Type': 'application/octet-stream',
    ETag: `"${digest}"`,
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD') return response.end();
  const stream = createReadStream(file, { start, end });
  response.on('close', () => stream.destroy());
  return stream.pipe(response);
}

// One range as `{start, end}`; undefined where there is none, or none that S3 understands.
function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || match[0] === 'bytes=-') return undefined;
  const [, from, to] = match;
  const start = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return start > end ? 'unsatisfiable' : { start, end };
}

function xml(response, status, code, message) {
  response.writeHead(status, { 'Content-Type': 'application/xml' });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  );
}
