import { createWriteStream } from 'node:fs';
import { Worker } from 'node:worker_threads';

// Starts a server in its own thread, for two reasons: it goes on answering while a test blocks the
// main thread, and a process can start pinejs, which uses global variables, more than once.
// `serveThread` is the other side.
export async function startThread(url, { logFile, ...options }) {
  const worker = new Worker(url, { ...options, stdout: true, stderr: true });
  const output = createWriteStream(logFile, { flags: 'w', mode: 0o600 });
  worker.stdout.pipe(output, { end: false });
  worker.stderr.pipe(output, { end: false });

  const calls = new Map();
  let last = 0;
  const call = (name, ...args) =>
    new Promise((resolve, reject) => {
      last += 1;
      calls.set(last, { resolve, reject });
      worker.postMessage({ id: last, name, args });
    });

  await new Promise((ready, failed) => {
    worker.on('message', ({ id, value, error }) => {
      if (id === undefined) return ready();
      const { resolve, reject } = calls.get(id);
      calls.delete(id);
      return error === undefined ? resolve(value) : reject(new Error(error));
    });
    worker.on('error', (error) => {
      output.write(`${error.stack}\n`);
      failed(error);
    });
    worker.on('exit', (code) => {
      failed(new Error(`ended with ${code}, see ${logFile}`));
      for (const { reject } of calls.values())
        reject(new Error(`the server ended, see ${logFile}`));
    });
  });
  return { call, stop: () => worker.terminate() };
}
