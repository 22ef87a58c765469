import { ask, passChanged, whole } from './forward.mjs';

const BYTE_MS = 5;
const FOREIGN_HOST = 'registry.foreign.example';

/** The faults of a proxy that listens, as `(request, response, target)` listeners. */
export const kinds = {
  hang: () => {},
  'break-off': (request) => request.socket.destroy(),
  500: status(500),
  502: status(502),
  503: status(503),
  504: status(504),
  429: status(429),
  '429-retry-after': status(429, { 'retry-after': '7' }),
  truncated: answering(cutShort),
  'half-json': passChanged((body) => body.subarray(0, body.length >> 1)),
  'wrong-types': wrongTypes,
  'foreign-location': passChanged(elsewhere),
  'slow-drip': answering(drip),
};

/** A way to fail with a status. */
export function status(code, headers = {}) {
  return (_request, response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end('{"inside":"of upstream"}');
  };
}

// The JSON has the right names, with values of the wrong types.
function wrongTypes(_request, response) {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{"d":{"release_image":true},"token":42}');
}

function elsewhere(body) {
  const text = body.toString();
  return Buffer.from(
    text.replace(/("is_stored_at__image_location":")[^/"]+/g, `$1${FOREIGN_HOST}`),
  );
}

// Gets the target's true answer, and has `write` send its body.
function answering(write) {
  return (request, response, target) => {
    const onward = ask(request, target, async (answer) => {
      const body = await whole(answer);
      const {
        connection: _,
        'keep-alive': __,
        'transfer-encoding': ___,
        ...headers
      } = answer.headers;
      if (request.method !== 'HEAD') headers['content-length'] = body.length;
      response.writeHead(answer.statusCode, headers);
      write(response, body);
    });
    onward.on('error', () => response.destroy());
  };
}

// The length promises the whole body; half of it is sent.
function cutShort(response, body) {
  response.write(body.subarray(0, body.length >> 1), () => response.destroy());
}

function drip(response, body) {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < body.length) response.write(body.subarray(sent, ++sent));
    else response.end();
  }, BYTE_MS);
  const stop = () => clearInterval(timer);
  response.on('finish', stop).on('close', stop);
}
