import { join } from 'node:path';
import { BUCKET } from './bucket.mjs';
import { listing } from './listing.mjs';
import { object } from './object.mjs';
import { refusal } from './reply.mjs';

// Reads bucket and key from a URL in path style. The registry's keys need no encoding, and cannot be
// paths that lead out of its folder.
const PATH = /^\/([^/]+)(?:\/|\/((?:\w[\w.-]*\/)*\w[\w.-]*))?$/;

// Serves the registry's files as objects of a bucket.
export function answer(root, request) {
  const { method, path, query } = request;
  if (!['GET', 'HEAD'].includes(method)) {
    const message = 'The specified method is not allowed against this resource.';
    return refusal(405, 'MethodNotAllowed', message);
  }
  const [, bucket, key] = PATH.exec(path) ?? [];
  if (bucket !== BUCKET) {
    return refusal(404, 'NoSuchBucket', 'The specified bucket does not exist');
  }
  return key === undefined ? listing(root, query) : object(request, join(root, key));
}
