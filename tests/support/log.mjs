import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

// The Worker writes a line together with the answer, but the line comes later, through a pipe.
const WAIT_MS = 20;
const TRIES = 100;

/** Answers the Worker's log lines about one request, which it finds by the reply's request id. */
export async function logLines(worker, reply) {
  const id = reply.headers['x-request-id'];
  for (let tries = 0; tries < TRIES; tries += 1) {
    const lines = worker.output().split('\n');
    const found = lines.filter((line) => line.includes(id));
    if (found.length > 0 && lines.at(-1) === '') return found.map((line) => JSON.parse(line));
    await sleep(WAIT_MS);
  }
  return assert.fail(`no line of request ${id} in the log`);
}

/** Answers the only log line about a request, and fails if there are several. */
export async function logLine(worker, reply) {
  const lines = await logLines(worker, reply);
  assert.equal(lines.length, 1, JSON.stringify(lines));
  return lines[0];
}
