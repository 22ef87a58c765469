import { createServer } from 'node:http';
import { workerData } from 'node:worker_threads';
import { writeRequestLog } from '../request-log.mjs';
import { serveThread } from '../serve-thread.mjs';
import { answer } from './answer.mjs';

const { host, port, root, logFile } = workerData;
const log = writeRequestLog(logFile);
const server = createServer((request, response) => {
  log(request, response);
  answer(root, request, response);
});
server.listen(port, host, () => serveThread());
