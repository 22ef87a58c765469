import { createHash } from 'node:crypto';
import { bearer, pull, send } from './http.mjs';

const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * What a pull of `name` comes to, of a token and a manifest: the digest of what came, or the status
 * that stopped it. Throws where the digest that was told is not that of the bytes.
 */
export async function outcome(url, name, options) {
  const granted = await send(url, `/auth/v1/token?scope=${pull(name)}`, options);
  if (granted.status !== 200) return { status: granted.status, granted };
  const headers = bearer(granted.json.token);
  const manifest = await send(url, `/v2/${name}/manifests/latest`, { headers });
  if (manifest.status !== 200) return { status: manifest.status, granted, manifest };
  const digest = sha256(manifest.body);
  const told = manifest.headers['docker-content-digest'];
  if (told !== digest) throw new Error(`${name}: told ${told}, gave ${digest}`);
  return { status: 200, digest, granted, manifest };
}

/** The same, in one word: a digest or a status. */
export async function outcomeOf(url, name, options) {
  const { status, digest } = await outcome(url, name, options);
  return digest ?? status;
}

/** Counts what reaches both parts of a bench while `work` runs: `GET /v2/…` and the like. */
export async function costOf({ api, registry }, work) {
  const marks = [api, registry].map((part) => [part, part.requests().length]);
  await work();
  return marks.flatMap(([part, before]) =>
    part
      .requests()
      .slice(before)
      .map(({ method, url }) => `${method} ${url}`),
  );
}
