// Replies are `{ status, headers, body }`. The body is text, bytes or a readable stream.

export const xml = (status, document, headers = {}) => ({
  status,
  headers: {
    'Content-Type': 'application/xml',
    'Content-Length': Buffer.byteLength(document),
    ...headers,
  },
  body: document,
});

export const refusal = (status, code, message, headers) =>
  xml(
    status,
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    headers,
  );

export function send(response, { status, headers, body }) {
  response.writeHead(status, headers);
  if (typeof body?.pipe !== 'function') return response.end(body);
  response.on('close', () => body.destroy());
  return body.pipe(response);
}
