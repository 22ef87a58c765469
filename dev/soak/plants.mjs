import { changing } from '../../tests/support/changing.mjs';
import { pass, passChanged } from '../faults/forward.mjs';

const RESOLVING = '/v7/';
const LOCATION = /("is_stored_at__image_location":")[^"]+/g;

/** Faults to be found, each a way for the proxy of one part to pass what it passes. */
export const PLANTS = {
  /** Every release is where another is, which everybody may pull. */
  'wrong-digest'({ seed }) {
    const { location } = seed.releases.find(({ isPublic, isFaulty }) => isPublic && !isFaulty);
    const change = (body) => Buffer.from(body.toString().replace(LOCATION, `$1${location}`));
    return { api: resolving(passChanged(change)) };
  },

  /** Siblings are where an image is that everybody may pull. */
  'foreign-sibling'({ seed }) {
    const { location } = seed.releases.find(({ isPublic, isFaulty }) => isPublic && !isFaulty);
    const swap = (body, request) =>
      request.url.includes('-aarch64') ? body.toString().replace(LOCATION, `$1${location}`) : body;
    return { api: resolving(passChanged((body, request) => Buffer.from(swap(body, request)))) };
  },

  /** Pages describe what the owner sees. */
  'private-page'({ credentials: { owner } }) {
    const asOwner = passChanged((body) => body, { authorization: `Bearer ${owner.apiKey}` });
    const api = (request, ...rest) => (isOfPages(request) ? asOwner : pass)(request, ...rest);
    return { api };
  },

  /** Everybody but those with a wrong credential has the owner's rights. */
  leak({ credentials: { owner, stranger } }) {
    const authorization = `Bearer ${owner.apiKey}`;
    const asOwner = passChanged((body) => body, { authorization });
    const raised = [undefined, ...Object.values(stranger).map((secret) => `Bearer ${secret}`)];
    const api = (request, ...rest) =>
      (raised.includes(request.headers.authorization) ? asOwner : pass)(request, ...rest);
    return { api };
  },

  /** What was answered once is answered for ever, and at once: what is slow would be excused. */
  stale() {
    const kept = new Map();
    const keyOf = ({ url, headers: { authorization } }) => `${authorization} ${url}`;
    const first = passChanged((body, request) => {
      kept.set(keyOf(request), body);
      return body;
    });
    const api = resolving((request, response, target) => {
      const body = kept.get(keyOf(request));
      if (body === undefined) return first(request, response, target);
      return response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
    return { api };
  },

  /** Every blob is where the first one was. */
  'wrong-blob'() {
    const { well: registry, to } = changing();
    let first;
    to(({ headers: { location, ...headers }, ...rest }) => {
      first ??= location;
      const moved = location === undefined ? {} : { location: first };
      return { ...rest, headers: { ...headers, ...moved } };
    });
    return { registry };
  },
};

const isOfPages = ({ url, headers: { authorization } }) =>
  url.startsWith('/v7/application') && authorization === undefined;

const resolving =
  (changed) =>
  (request, ...rest) =>
    (request.url.startsWith(RESOLVING) ? changed : pass)(request, ...rest);
