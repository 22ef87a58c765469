// Pages, as somebody with a browser asks for them.

import { bearer, send } from '../../tests/support/http.mjs';
import { timed } from './callers.mjs';
import { anyFamily } from './families.mjs';
import { anyName } from './world.mjs';

const ACCEPT = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
// What no name can be, and what no page can go on from.
const IMPOSSIBLE = [
  ...['/acme/', '/ACME/soak-1', '/acme/soak-1/..', '/acme/%2e%2e', '/acme/soak-1/1.0.0/main/more'],
  ...[
    '/acme//soak-1',
    '/acme/soak-1%00',
    `/acme/${'a'.repeat(300)}`,
    '/?q=%3Cscript%3E',
    '/acme\\x',
  ],
  ...['2147483648', '99999999999999999999', '-1', 'x', ''].map((id) => `/acme/soak-1?before=${id}`),
];
const BEFORE = ['0', '1', '2147483647'];

/**
 * A page to ask for: `{ path }`, with the `slug` of the application that it is about, its `selector` if
 * it is about a release, or the `family`.
 */
export function anyPage(random, truth) {
  const kind = random.weighed({ home: 1, impossible: 2, application: 3, release: 4, family: 2 });
  if (kind === 'home') return { path: random.pick(['/', '/?q=acme/soak-1']) };
  if (kind === 'impossible') return { path: random.pick(IMPOSSIBLE) };
  if (kind === 'family') {
    const { text, family } = anyFamily(random, truth);
    return { path: `/${text}`, family };
  }
  const { text, slug, selector } = anyName(random, truth);
  if (kind === 'release' && text !== slug) return { path: `/${text}`, slug, selector };
  const query = random.chance(0.3) ? `?before=${random.pick(BEFORE)}` : '';
  return { path: `/${slug}${query}`, slug };
}

/** Asks for a page; also with a credential, for which no page shows more. */
export const readPage = (url, { path }, { secret }) =>
  timed(() => send(url, path, { headers: { ...ACCEPT, ...(secret && bearer(secret)) } }));
