import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

// A line is written with the answer, and comes through a pipe.
const WAIT_MS = 20;
const TRIES = 100;

/** The Worker's log lines of one request, by the answer that it got. */
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

/** The one line of a request. */
export async function logLine(worker, reply) {
  const lines = await logLines(worker, reply);
  assert.equal(lines.length, 1, JSON.stringify(lines));
  return lines[0];
}
