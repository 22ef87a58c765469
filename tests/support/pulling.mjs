import { createHash } from 'node:crypto';
import { bearer, pull, send } from './http.mjs';

const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/**
 * Pulls the manifest of `name`: gets a token, then the manifest. Answers its digest, or the status
 * that stopped the pull. Throws if the header's digest is not the digest of the bytes.
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

/** The same, but answers only the digest or the status. */
export async function outcomeOf(url, name, options) {
  const { status, digest } = await outcome(url, name, options);
  return digest ?? status;
}

/** Answers the requests that reach a bench's API and registry while `work` runs, as `GET /v2/…`. */
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
