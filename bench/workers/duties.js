// Passes requests through, and does what bhcr does besides: keeps a deadline, bypasses the cache,
// logs a line even if the client goes away, and sends the same headers.
import { parse, pass } from './rewrite.js';

const DEADLINE_MS = 10_000;
let asked = 0;

export default {
  fetch(request, env, context) {
    const answer = serve(request, env);
    // So that a request has its line where the client goes away before its answer, too.
    context.waitUntil(answer);
    return answer;
  },
};

async function serve(request, { REGISTRY, LOCATIONS, TOKEN }) {
  const began = Date.now();
  const { name, reference } = parse(request) ?? {};
  const location = LOCATIONS[name];
  if (!location) return new Response('not found', { status: 404 });

  const signal = AbortSignal.timeout(DEADLINE_MS);
  const told = { 'x-request-id': (asked++).toString(16).padStart(16, '0') };
  const init = { cache: 'no-store', signal };
  const answer = await pass(REGISTRY, location, reference, TOKEN, { init, told });
  const ms = Date.now() - began;
  answer.headers.set('server-timing', `total;dur=${ms}, upstream;dur=${ms}`);
  const { aborted } = request.signal;
  const { status } = answer;
  console.log(JSON.stringify({ ...told, name, status, ms, upstream_ms: ms, aborted }));
  return answer;
}
