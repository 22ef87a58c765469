import { parse, pass } from './rewrite.js';

export default {
  async fetch(request, { REGISTRY, LOCATIONS, TOKEN }) {
    const asked = parse(request);
    const location = asked && LOCATIONS[asked.name];
    if (!location) return new Response('not found', { status: 404 });
    return pass(REGISTRY, location, asked.reference, TOKEN);
  },
};
