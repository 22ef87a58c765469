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
 * bytes: with a page, and without asking the Worker. It reads a body to its end before it answers,
 * because what a client prints is otherwise a matter of chance: the answer, or that it could not send
 * the rest. Ends with the test file. Answers `{ url, refused() }`: how many requests it has refused.
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

/** Passes on a body of unknown length, until it is longer than the limit. */
function passCounted(request, response, { url, limit, refuse }) {
  let sent = 0;
  const isTooLong = () => sent > limit;
  const onward = ask(request, url, (answer) => {
    if (isTooLong()) return;
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  onward.on('error', () => isTooLong() || response.destroy());
  request.on('data', (chunk) => {
    sent += chunk.length;
    if (!isTooLong() || onward.destroyed) return;
    // Or else the request would pause with what it is piped into.
    request.unpipe(onward);
    request.resume();
    onward.destroy();
  });
  request.on('end', () => isTooLong() && !response.headersSent && refuse(response));
}
