// Makes every failed test of a file print its last requests, their answers, and what the Workers
// logged. Credentials and tokens are replaced, because the output of CI is often public.

import { afterEach, beforeEach } from 'node:test';
import { forgetExchanges, lastExchanges } from './exchanges.mjs';
import { redact, redactAll } from './redact.mjs';
import { describeLogs, markLogs } from './worker-logs.mjs';

beforeEach(() => {
  forgetExchanges();
  markLogs();
});

afterEach((test) => {
  if (!test.error) return;
  clean(test.error);
  const texts = [...lastExchanges(), ...describeLogs()];
  console.log([`failed: ${test.fullName}`, ...texts].join('\n  '));
});

// The runner prints an error after this hook, so what is replaced here is never printed.
function clean(error) {
  for (const key of ['message', 'stack', 'stdout', 'output']) {
    if (typeof error[key] === 'string') error[key] = redact(error[key]);
  }
  for (const key of ['actual', 'expected']) {
    if (key in error) error[key] = redactAll(error[key]);
  }
  if (error.cause instanceof Error) clean(error.cause);
}
