import { ask, whole } from '../../dev/faults/forward.mjs';
import { startServer } from '../../dev/faults/server.mjs';

/**
 * Stands between Workers and a store, and holds a call to its R2 or D1: before it takes effect, or
 * before its answer comes, which are the two sides of a call. Answers `{ r2, d1, hold(sides), drop(),
 * stop() }`: `hold` holds the side after so many of them, and gives a promise of the moment when it
 * is reached; `drop` forgets what is held, or was to be held.
 */
export async function startHolding(store) {
  let left;
  let reached;
  const held = new Set();

  // Whether this side is held; then its response is.
  function isHeld(response) {
    if (left === undefined) return false;
    if (left > 0) {
      left -= 1;
      return false;
    }
    left = undefined;
    held.add(response);
    reached();
    return true;
  }

  function listener(target) {
    return (request, response) => {
      if (isHeld(response)) return;
      const onward = ask(request, target, async (answer) => {
        const body = await whole(answer);
        if (isHeld(response)) return;
        const {
          connection: _,
          'keep-alive': __,
          'transfer-encoding': ___,
          ...kept
        } = answer.headers;
        response.writeHead(answer.statusCode, { ...kept, 'content-length': body.length }).end(body);
      });
      onward.on('error', () => response.destroy());
    };
  }

  function hold(sides) {
    left = sides;
    return new Promise((resolve) => {
      reached = resolve;
    });
  }

  function drop() {
    left = undefined;
    for (const response of held) response.destroy();
    held.clear();
  }

  const [r2, d1] = await Promise.all(
    [store.r2, store.d1].map((address) => startServer(listener(`http://${address}`))),
  );
  const stop = () => Promise.all([r2, d1].map((server) => server.stop()));
  return { r2: r2.address, d1: d1.address, hold, drop, stop };
}
