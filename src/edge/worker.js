// The Worker's main module: what the runtime calls, and the answer if Rust cannot give one.

import {
  fetch as enter,
  initSync,
  scheduled as keepHouse,
  __wbg_reset_state as replaceInstance,
} from './index.js';
import module from './index_bg.wasm';
import { hasTrapped, outliving, Promised } from './trap.js';

initSync({ module });

export default {
  fetch(request, env, context) {
    try {
      if (hasTrapped()) replaceInstance();
      const answer = new Promised();
      const response = enter(request, env, outliving(context), answer);
      return response ?? finish(answer.promise.catch(unavailable), context);
    } catch (error) {
      return unavailable(error);
    }
  },
  scheduled(_event, env, context) {
    if (hasTrapped()) replaceInstance();
    keepHouse(env, outliving(context));
  },
};

// When a client goes away, the runtime cancels the request: promises that nothing else waits for
// never settle, and the futures behind them would stay in WebAssembly's memory.
function finish(promise, context) {
  context.waitUntil(promise);
  return promise;
}

const BODY = JSON.stringify({
  errors: [
    { code: 'UNAVAILABLE', message: 'the service had to start anew; try again', detail: null },
  ],
});

const HEADERS = {
  'cache-control': 'no-store',
  'content-type': 'application/json',
  'docker-distribution-api-version': 'registry/2.0',
  'x-content-type-options': 'nosniff',
};

function unavailable(error) {
  const [status, id] = [503, crypto.randomUUID().replaceAll('-', '').slice(0, 16)];
  console.log(JSON.stringify({ request_id: id, status, problem: String(error) }));
  return new Response(BODY, { status, headers: { ...HEADERS, 'x-request-id': id } });
}
