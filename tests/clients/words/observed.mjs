// Brings every client into every situation, and collects what it prints.

import { CLIENTS } from './clients.mjs';
import { cell, line } from './printed.mjs';
import { situations } from './situations.mjs';
import { statuses } from './statuses.mjs';

/**
 * Answers `{ statuses, columns, transcripts }`: what each client prints, as
 * `{ <client>: { <status, column or transcript>: <text> } }`. The clients run at the same time.
 */
export async function observed() {
  const byStatus = await statuses();
  const real = await situations();
  const found = { statuses: {}, columns: {}, transcripts: {} };
  for (const client of Object.keys(CLIENTS)) {
    for (const part of Object.values(found)) part[client] = {};
  }
  const all = Object.entries(CLIENTS).map(async ([client, start]) => {
    const adapter = await start();
    for (const { status, message, of } of byStatus) {
      found.statuses[client][status] = cell(await printed(of, adapter), message);
    }
    for (const situation of real) await observe(found, client, adapter, situation);
  });
  await Promise.all(all);
  return found;
}

async function observe({ columns, transcripts }, client, adapter, situation) {
  const { column, transcript, message, named, of, pushes, skips, either } = situation;
  const known = pushes && !adapter.push ? 'does not push' : skips?.(client);
  if (known) {
    if (column) columns[client][column] = known;
    return;
  }
  const output = await printed(of, adapter);
  if (column) columns[client][column] = oneOf(either?.[client], cell(output, message, named));
  if (transcript) transcripts[client][transcript] = line(output, message);
}

/** What is written if a client is not always the same. */
function oneOf(known, actual) {
  if (!known) return actual;
  if (!known.includes(actual)) throw new Error(`${actual} is none of ${known}`);
  return known.join(' or ');
}

const printed = (of, adapter) =>
  of(adapter).then(
    () => Promise.reject(new Error('the client was not refused')),
    (error) => error.output ?? Promise.reject(error),
  );
