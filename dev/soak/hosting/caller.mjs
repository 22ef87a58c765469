import { setTimeout as sleep } from 'node:timers/promises';
import { basic, bearer, send } from '../../../tests/support/http.mjs';

const AGAIN_MS = 100;
// More than the longest fault lasts.
const MOST_TRIES = 100;

/**
 * Somebody who asks for as long as a fault is the reason that no answer comes: `{ who, ask, manage }`.
 * An answer has also `from` and `until`, the times of its last try, and the number of `tries`; its
 * status is 0 where none came and no fault is the reason.
 */
export function makeCaller({ who, account, key, login, url, judge, trouble, random }) {
  const tokens = new Map();

  async function insist(what, act) {
    for (let tries = 1; ; tries += 1) {
      const from = Date.now();
      const reply = await act().catch((error) => ({ broken: error.code ?? error.message }));
      const until = Date.now();
      judge.asked();
      const { headers, body, text } = reply;
      if (reply.status < 500)
        return { status: reply.status, headers, body, text, from, until, tries };
      const isExplained = trouble.explains({ from, until });
      const status = reply.status ?? reply.broken;
      const inside = () => (reply.text ?? '').slice(0, 200);
      judge.check(isExplained, () => `${status} without a fault: ${what}, by ${who} ${inside()}`);
      if (!isExplained || tries === MOST_TRIES) {
        return { status: 0, headers: {}, text: '', from, until, tries };
      }
      await sleep(AGAIN_MS);
    }
  }

  async function tokenFor(origin, name) {
    if (tokens.has(name)) return { token: tokens.get(name) };
    const scope = encodeURIComponent(`repository:${name}:pull,push,delete`);
    const headers = login ? basic(login.secret, login.user) : {};
    const reply = await send(origin, `/auth/v1/token?service=soak&scope=${scope}`, { headers });
    if (reply.status !== 200) return { reply };
    tokens.set(name, reply.json.token);
    return { token: reply.json.token };
  }

  /** A request about an image, below its name or at a `Location`. */
  const ask = (name, method, path, { headers, body } = {}) =>
    insist(`${method} ${name}/${path}`, async () => {
      const origin = url(random);
      const { token, reply } = await tokenFor(origin, name);
      if (reply) return reply;
      const target = path.startsWith('/') ? path : `/v2/${name}/${path}`;
      const length = body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` };
      const all = { ...bearer(token), ...length, ...headers };
      return send(origin, target, { method, headers: all, body });
    });

  /** An operation of the owner on the account. */
  const manage = (operation, body) =>
    insist(operation, () =>
      send(url(random), `/api/v1/accounts/${account}/${operation}`, {
        method: 'POST',
        headers: { ...bearer(key), 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );

  /** A Worker's URL, and a credential for it: for a request that is broken off. */
  async function raw(name) {
    const origin = url(random);
    const { token } = await tokenFor(origin, name);
    return { origin, headers: bearer(token ?? 'none') };
  }

  return { who, account, ask, manage, raw };
}
