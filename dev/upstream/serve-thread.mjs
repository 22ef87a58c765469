import { parentPort } from 'node:worker_threads';

// Runs in a thread that `startThread` made: reports that it is ready, then answers calls by name.
export function serveThread(handlers = {}) {
  parentPort.on('message', async ({ id, name, args }) => {
    try {
      parentPort.postMessage({ id, value: await handlers[name](...args) });
    } catch (error) {
      parentPort.postMessage({ id, error: `${name}: ${error.stack}` });
    }
  });
  parentPort.postMessage({});
}
