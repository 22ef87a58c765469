import { once } from 'node:events';
import http from 'node:http';
import { after } from 'node:test';
import { ask, pass } from '../../dev/faults/forward.mjs';

const PAGE = `<html>
<head><title>413 Request Entity Too Large</title></head>
<body>
<center><h1>413 Request Entity Too Large</h1></center>
<hr><center>cloudflare</center>
</body>
</html>
`;

/**
 * A proxy before `url` that answers as Cloudflare does where a request carries more than `limit`
 * bytes: with a page, and without asking the Worker. It reads a body of known length to its end
 * before it answers: regctl 0.11 goes back in its file while it may still be sending it, so that an
 * earlier answer sometimes ends in regctl's `digest mismatch`. Ends with the test file. Answers
 * `{ url, refused() }`: how many requests it has refused.
 */
export async function bodyLimit(url, limit) {
  let refused = 0;
  const refuse = (response) => {
    refused += 1;
    response.writeHead(413, { 'content-type': 'text/html', connection: 'close' }).end(PAGE);
  };
  const server = http.createServer((request, response) => {
    const length = request.headers['content-length'];
    if (Number(length) > limit) request.resume().on('end', () => refuse(response));
    else if (length === undefined) passCounted(request, response, { url, limit, refuse });
    else pass(request, response, url);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://localhost:${server.address().port}`, refused: () => refused };
}

/** Passes on a body of unknown length, and breaks it off where it is longer than the limit. */
function passCounted(request, response, { url, limit, refuse }) {
  let sent = 0;
  const onward = ask(request, url, (answer) => {
    if (response.headersSent) return;
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  onward.on('error', () => response.headersSent || response.destroy());
  request.on('data', (chunk) => {
    sent += chunk.length;
    if (sent <= limit || response.headersSent) return;
    refuse(response);
    onward.destroy();
  });
}
