import { parse, pass } from './rewrite.js';

const NONCE_BYTES = 12;
let imported;

async function key(raw) {
  imported ??= await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  return imported;
}

async function open(request, raw) {
  const [, text] = request.headers.get('authorization')?.split('Bearer ') ?? [];
  if (!text) return undefined;
  const sealed = Uint8Array.fromBase64(text, { alphabet: 'base64url' });
  const [iv, data] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  const bytes = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await key(raw), data);
  return JSON.parse(new TextDecoder().decode(bytes));
}

export default {
  async fetch(request, { REGISTRY, KEY }) {
    const asked = parse(request);
    if (!asked) return new Response('not found', { status: 404 });
    const session = await open(request, KEY);
    if (!(session?.expires > Date.now())) return new Response('log in', { status: 401 });
    const location = session.grants[asked.name];
    if (!location) return new Response('not granted', { status: 401 });
    return pass(REGISTRY, location, asked.reference, session.token);
  },
};
