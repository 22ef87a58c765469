import { randomBytes, webcrypto } from 'node:crypto';

const { subtle } = webcrypto;

/** Seals a session so that `workers/opening.js` can open it. Answers `{ key, sealed }`. */
export async function seal(session) {
  const [raw, iv] = [randomBytes(32), randomBytes(12)];
  const key = await subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
  const bytes = Buffer.from(JSON.stringify(session));
  const data = await subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes);
  return { key: raw, sealed: Buffer.concat([iv, Buffer.from(data)]).toString('base64url') };
}
