import { createHash } from 'node:crypto';
import { basic, bearer, pull, send } from '../../tests/support/http.mjs';

const form = (fields) => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams(fields).toString(),
});

/** Who asks: `{ who, isOwner, isWrong, requests }`, the last being the ways to say who it is. */
export function makeCallers({ owner, stranger }) {
  const known = (who, secret, facts) => ({
    who,
    ...facts,
    ways: [{ headers: bearer(secret) }, { headers: basic(secret) }],
    secret,
  });
  return [
    { who: 'nobody', ways: [{}] },
    known('the owner with an API key', owner.apiKey, { isOwner: true }),
    known('the owner with a session', owner.sessionToken, { isOwner: true }),
    known('a stranger with an API key', stranger.apiKey),
    known('a stranger with a session', stranger.sessionToken),
    known('one with a wrong credential', 'nobody-has-this-credential', { isWrong: true }),
  ];
}

// What a token says of a name may be over when it is used; clients get another then.
const TOKENS = 3;

/** A client that pulls `name`. What it answers has the times: `{ status, from, until, reply }`, or `{ broken, from, until }`. */
export function makeClient(url, name, caller, random) {
  const get = ({ reply }, end) =>
    timed(() => send(url, `/v2/${name}/${end}`, { headers: bearer(reply.json.token) }));

  /** A manifest, with the digest of its bytes, and the one that it was `told` with. */
  const manifest = async (token, reference) => digested(await get(token, `manifests/${reference}`));

  /** A blob, with the digest of what storage has, and the one that it was `told` to have. */
  const blob = async (token, told) => ({
    ...(await followed(await get(token, `blobs/${told}`))),
    told,
  });

  /** A token, and what the name means under it. */
  async function tagged() {
    let [token, found] = [];
    for (let tokens = 0; tokens < TOKENS && (tokens === 0 || isOver(found)); tokens += 1) {
      token = await timed(() => askToken(url, name, caller, random));
      if (token.status !== 200) return { token };
      found = await manifest(token, 'latest');
    }
    return { token, manifest: found };
  }

  return { tagged, manifest, blob };
}

/** One pull: a token, the manifest under it, and the first layer by the redirect to storage. Answers what came of each. */
export async function pullOnce(client) {
  const { token, manifest } = await client.tagged();
  if (manifest?.digest === undefined || manifest.digest !== manifest.told) {
    return { token, manifest };
  }
  const [layer] = manifest.reply.json.layers;
  return { token, manifest, blob: await client.blob(token, layer.digest) };
}

const isOver = ({ status, reply }) =>
  status === 401 && reply.headers['www-authenticate'].includes('error="invalid_token"');

function digested(asked) {
  if (asked.status !== 200) return asked;
  const { body, headers } = asked.reply;
  return { ...asked, digest: sha256(body), told: headers['docker-content-digest'] };
}

async function followed(blob) {
  if (blob.status !== 307) return blob;
  const { origin, pathname, search } = new URL(blob.reply.headers.location);
  const { body } = await send(origin, `${pathname}${search}`);
  return { ...blob, digest: sha256(body) };
}

const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function askToken(url, name, { ways, secret }, random) {
  const scope = pull(name);
  const fields = { grant_type: 'password', username: 'anyone', password: secret, scope };
  if (secret !== undefined && random.chance(0.2)) return send(url, '/auth/v1/token', form(fields));
  return send(url, `/auth/v1/token?scope=${scope}`, random.pick(ways));
}

/** What came of a request, with its times. */
export async function timed(request) {
  const from = Date.now();
  try {
    const reply = await request();
    return { from, until: Date.now(), status: reply.status, reply };
  } catch (error) {
    return { from, until: Date.now(), broken: error.code ?? error.message };
  }
}
