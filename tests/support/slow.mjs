import { createHash } from 'node:crypto';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Reads a body at such a pace that it takes `milliseconds`, and answers the body's digest. */
export async function slowRead(origin, path, { headers, milliseconds }) {
  const { hostname, port } = new URL(origin);
  const response = await new Promise((resolve, reject) => {
    http.get({ hostname, port, path, headers, agent: false }, resolve).on('error', reject);
  });
  const length = Number(response.headers['content-length']);
  const hash = createHash('sha256');
  const began = Date.now();
  let read = 0;
  for await (const chunk of response) {
    hash.update(chunk);
    read += chunk.length;
    const ahead = began + (read / length) * milliseconds - Date.now();
    if (ahead > 0) await sleep(ahead);
  }
  return `sha256:${hash.digest('hex')}`;
}
