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

/**
 * One pull: a token, and the manifest under it. Answers what came of each, with the times:
 * `{ status, from, until, digest, told }` or `{ broken, from, until }`.
 */
export async function pullOnce(url, name, caller, random) {
  const token = await timed(() => askToken(url, name, caller, random));
  if (token.status !== 200) return { token };
  const path = `/v2/${name}/manifests/latest`;
  const headers = bearer(token.reply.json.token);
  const manifest = await timed(() => send(url, path, { headers }));
  if (manifest.status !== 200) return { token, manifest };
  const { body, headers: answered } = manifest.reply;
  const digest = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  return { token, manifest: { ...manifest, digest, told: answered['docker-content-digest'] } };
}

function askToken(url, name, { ways, secret }, random) {
  const scope = pull(name);
  const fields = { grant_type: 'password', username: 'anyone', password: secret, scope };
  if (secret !== undefined && random.chance(0.2)) return send(url, '/auth/v1/token', form(fields));
  return send(url, `/auth/v1/token?scope=${scope}`, random.pick(ways));
}

async function timed(request) {
  const from = Date.now();
  try {
    const reply = await request();
    return { from, until: Date.now(), status: reply.status, reply };
  } catch (error) {
    return { from, until: Date.now(), broken: error.code ?? error.message };
  }
}
