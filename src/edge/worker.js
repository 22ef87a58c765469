// The Worker's main module. A panic leaves the instance as it was at that moment; the next call
// begins with a new one, which is what `edge.rs` has scheduled then.

import { fetch, initSync, scheduled } from './index.js';
import module from './index_bg.wasm';

// What futures are scheduled by. The runtime's own costs a twentieth of a request that waits.
globalThis.queueMicrotask = (task) => {
  Promise.resolve().then(task);
};

initSync({ module });

export default { fetch, scheduled: (_event, env, context) => scheduled(env, context) };
