import { pass, passChanged } from '../faults/forward.mjs';

const RESOLVING = '/v7/';
const LOCATION = /("is_stored_at__image_location":")[^"]+/g;

/** Faults to be found, each a way for the API's proxy to pass what it passes. */
export const PLANTS = {
  /** Every release is where another is, which everybody may pull. */
  'wrong-digest'({ seed }) {
    const { location } = seed.releases.find(({ isPublic, isFaulty }) => isPublic && !isFaulty);
    const change = (body) => Buffer.from(body.toString().replace(LOCATION, `$1${location}`));
    return resolving(passChanged(change));
  },

  /** Everybody but those with a wrong credential has the owner's rights. */
  leak({ credentials: { owner, stranger } }) {
    const authorization = `Bearer ${owner.apiKey}`;
    const asOwner = passChanged((body) => body, { authorization });
    const raised = [undefined, ...Object.values(stranger).map((secret) => `Bearer ${secret}`)];
    return (request, ...rest) =>
      (raised.includes(request.headers.authorization) ? asOwner : pass)(request, ...rest);
  },

  /** What was answered once is answered for ever, and at once: what is slow would be excused. */
  stale() {
    const kept = new Map();
    const keyOf = ({ url, headers: { authorization } }) => `${authorization} ${url}`;
    const first = passChanged((body, request) => {
      kept.set(keyOf(request), body);
      return body;
    });
    return resolving((request, response, target) => {
      const body = kept.get(keyOf(request));
      if (body === undefined) return first(request, response, target);
      return response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    });
  },
};

const resolving =
  (changed) =>
  (request, ...rest) =>
    (request.url.startsWith(RESOLVING) ? changed : pass)(request, ...rest);
