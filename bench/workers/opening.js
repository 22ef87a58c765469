import { parse, pass } from './rewrite.js';
import { bearer, granted, open } from './session.js';

export default {
  async fetch(request, { REGISTRY, KEY }) {
    const asked = parse(request);
    if (!asked) return new Response('not found', { status: 404 });
    const token = bearer(request);
    if (!token) return new Response('log in', { status: 401 });
    const session = await open(token, KEY);
    const location = granted(session, asked.name);
    if (!location) return new Response('not granted', { status: 401 });
    return pass(REGISTRY, location, asked.reference, session.token);
  },
};
