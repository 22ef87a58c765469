import { ask, whole } from '../../dev/faults/forward.mjs';

/**
 * Lets a test change the answers that a proxy passes on. After `to(change)`, every answer goes
 * through `change`, which gets `{ status, headers, body }` and the request, and returns the answer to
 * send instead. `to()` ends that. `well` is the listener to give to the proxy.
 */
export function changing() {
  const as = (answer) => answer;
  let change = as;

  const well = (request, response, target) => {
    const onward = ask(request, target, async (answer) => {
      const { statusCode: status, headers: all } = answer;
      const { connection: _, 'transfer-encoding': __, ...headers } = all;
      const changed = change({ status, headers, body: await whole(answer) }, request);
      const length = request.method === 'HEAD' ? {} : { 'content-length': changed.body.length };
      response.writeHead(changed.status, { ...changed.headers, ...length });
      response.end(changed.body);
    });
    onward.on('error', () => response.destroy());
  };

  const to = (next = as) => {
    change = next;
  };
  return { well, to };
}
