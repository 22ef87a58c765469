import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';

// Middleware that writes a line of JSON for each request. It writes the line before the response's
// head: once a client has its answer, the request is in the log.
export function writeRequestLog(file) {
  return (request, response) => {
    const { method, url, headers } = request;
    const time = new Date().toISOString();
    const { writeHead } = response;
    response.writeHead = (status, ...rest) => {
      appendFileSync(file, `${JSON.stringify({ time, method, url, status, headers })}\n`);
      return writeHead.call(response, status, ...rest);
    };
  };
}

// Reads such a log: `requests()` gives every request since `start()`.
export function readRequestLog(file, parseLine = JSON.parse) {
  writeFileSync(file, '', { mode: 0o600 });
  let offset = 0;
  return {
    start: () => {
      offset = statSync(file).size;
    },
    requests: () =>
      readFileSync(file).subarray(offset).toString().split('\n').filter(Boolean).map(parseLine),
  };
}
