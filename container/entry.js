// What stands before the Worker where Cloudflare does not: it turns away callers who are not allowed,
// prepares the database, and has the Worker collect what no image uses.

import { callersOf } from './callers.js';
import worker from './index.js';
import { prepare } from './migrations.js';

const COLLECTION_MS = 15 * 60_000;

let isAllowed;
let prepared;
let collected = 0;

export default {
  async fetch(request, env, context) {
    const refused = refusal(request, env);
    if (refused !== undefined) return refused;
    if (env.CATALOG) {
      if (prepared === undefined) {
        prepared = prepare(env.CATALOG, env.MIGRATIONS).catch(tryAgain);
        // It goes on if this client goes away: other requests wait for it.
        context.waitUntil(prepared);
      }
      await prepared;
      collectSometimes(env, context);
    }
    return worker.fetch(request, env, context);
  },
};

function refusal({ cf }, env) {
  try {
    isAllowed ??= callersOf(env);
  } catch ({ message }) {
    console.error(JSON.stringify({ problem: message }));
    return answer(500, 'UNKNOWN', 'GATEWAY_ALLOW makes no sense: the log says why');
  }
  if (isAllowed(cf?.clientIp)) return undefined;
  return answer(403, 'DENIED', 'this registry serves other networks only');
}

function answer(status, code, message) {
  const errors = [{ code, message, detail: null }];
  return Response.json({ errors }, { status, headers: { 'cache-control': 'no-store' } });
}

// The Worker itself tells clients that the database is not prepared.
function tryAgain(error) {
  prepared = undefined;
  console.error(JSON.stringify({ problem: `the migrations failed: ${error}` }));
}

// The runtime has no scheduled events, so requests start collection. The health check alone sends
// one twice a minute.
function collectSometimes(env, context) {
  if (Date.now() - collected < COLLECTION_MS) return;
  collected = Date.now();
  context.waitUntil(worker.scheduled(undefined, env, context));
}
