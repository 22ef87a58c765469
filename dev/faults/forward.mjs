import http from 'node:http';

// These headers are about one connection. A proxy has two, so it does not pass them on.
const HOP_BY_HOP = new Set(['connection', 'keep-alive']);

/** Passes a request on to `target`, and its answer back, unchanged. */
export function pass(request, response, target) {
  const onward = ask(request, target, (answer) => {
    response.writeHead(answer.statusCode, withoutHops(answer.rawHeaders));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  // If the client gives up, the target should stop as well.
  response.on('close', () => onward.destroy());
}

/**
 * The same, but `change` gets the answer's body as a Buffer and returns the body to send. `headers`
 * replace those of the request.
 */
export function passChanged(change, headers = {}) {
  return (request, response, target) => {
    const onward = ask(
      request,
      target,
      async (answer) => {
        const body = change(await whole(answer), request);
        const { 'content-length': _, 'transfer-encoding': __, ...kept } = answer.headers;
        for (const hop of HOP_BY_HOP) delete kept[hop];
        // The answer to HEAD has no body, but the length of the one that GET would get.
        const length = request.method === 'HEAD' ? answer.headers['content-length'] : body.length;
        response.writeHead(answer.statusCode, { ...kept, 'content-length': length ?? 0 });
        response.end(body);
      },
      headers,
    );
    onward.on('error', () => response.destroy());
  };
}

/** Reads the whole body of a message. */
export async function whole(message) {
  const chunks = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sends a request on to `target`. `headers` replace its own. */
export function ask(request, target, answered, headers = {}) {
  const { hostname, port } = new URL(target);
  const raw = withoutHops(request.rawHeaders, Object.keys(headers));
  const all = [...raw, ...Object.entries(headers).flat()];
  const { method, url: path } = request;
  const onward = http.request({ hostname, port, method, path, headers: all, agent: false });
  onward.on('response', answered);
  request.pipe(onward);
  return onward;
}

function withoutHops(rawHeaders, replaced = []) {
  const kept = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at].toLowerCase();
    if (HOP_BY_HOP.has(name) || replaced.includes(name)) continue;
    kept.push(rawHeaders[at], rawHeaders[at + 1]);
  }
  return kept;
}
