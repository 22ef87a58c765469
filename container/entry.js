// What stands before the Worker where Cloudflare does not: it prepares the database, and has the
// Worker collect what no image uses.

import worker from './index.js';
import { prepare } from './migrations.js';

const COLLECTION_MS = 15 * 60_000;

let prepared;
let collected = 0;

export default {
  async fetch(request, env, context) {
    if (env.CATALOG) {
      prepared ??= prepare(env.CATALOG, env.MIGRATIONS).catch(tryAgain);
      await prepared;
      collectSometimes(env, context);
    }
    return worker.fetch(request, env, context);
  },
};

// The Worker itself tells clients that the database is not prepared.
function tryAgain(error) {
  prepared = undefined;
  console.error(JSON.stringify({ problem: `the migrations failed: ${error}` }));
}

// The runtime has no timetable. The health check asks for something twice a minute.
function collectSometimes(env, context) {
  if (Date.now() - collected < COLLECTION_MS) return;
  collected = Date.now();
  context.waitUntil(worker.scheduled(undefined, env, context));
}
