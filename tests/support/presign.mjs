import {
  ALGORITHM,
  canonicalQuery,
  scopeOf,
  signatureOf,
} from '../../dev/upstream/storage/sigv4.mjs';

/**
 * Signs a URL of storage again: with `key`, at `date`, for `seconds`. Distribution always signs for
 * 20 minutes from now, and tests need other times.
 */
export function presign(url, key, { method = 'GET', date = new Date(), seconds = 1200 } = {}) {
  const { origin, host, pathname: path, searchParams } = new URL(url);
  const time = date.toISOString().replace(/[-:]|\.\d+/g, '');
  const query = [
    ...[...searchParams].filter(([name]) => !name.startsWith('X-Amz-')),
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', `${key.accessKeyId}/${scopeOf(time)}`],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', `${seconds}`],
    ['X-Amz-SignedHeaders', 'host'],
  ];
  const request = { method, path, query, headers: { host }, payload: 'UNSIGNED-PAYLOAD' };
  const signature = signatureOf(key.secretAccessKey, request, time);
  return `${origin}${path}?${canonicalQuery(query)}&X-Amz-Signature=${signature}`;
}
