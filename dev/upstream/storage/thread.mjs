import { createServer } from 'node:http';
import { workerData } from 'node:worker_threads';
import { writeRequestLog } from '../request-log.mjs';
import { serveThread } from '../serve-thread.mjs';
import { answer } from './answer.mjs';
import { isPresigned, refusalOf } from './authentication.mjs';
import { send } from './reply.mjs';

// The registry's client keeps an idle connection for 90 s. Storage keeps it longer, so that the
// client never uses a connection that storage is just closing.
const keepAliveTimeout = 120_000;

const { host, port, root, key, logFile } = workerData;
const log = writeRequestLog(logFile);
const server = createServer({ keepAliveTimeout }, (incoming, response) => {
  const request = readRequest(incoming);
  const refused = refusalOf(request, key);
  // The registry's own reads are not part of a client's pull.
  if (refused || isPresigned(request)) log(incoming, response);
  send(response, refused ?? answer(root, request));
});
server.listen(port, host, () => serveThread());

function readRequest({ method, url, headers }) {
  const [path, ...search] = url.split('?');
  return { method, path, query: new URLSearchParams(search.join('?')), headers };
}
