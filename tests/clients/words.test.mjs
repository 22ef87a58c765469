// What each client prints when it is refused is what TROUBLESHOOTING.md says.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { root } from '../../dev/setup/paths.mjs';
import { needsRoot } from '../support/clients.mjs';
import { CLIENTS, PROGRAMS, situations } from './words.mjs';

const { skip } = needsRoot(...PROGRAMS);
if (skip) test('what clients print', { skip }, () => {});
else await define();

async function define() {
  const told = table('What each client prints');
  const all = await situations();
  // Every engine starts before the first test: the tests begin as soon as something is awaited.
  const starting = Object.entries(CLIENTS).map(async ([client, start]) => [client, await start()]);
  const adapters = await Promise.all(starting);
  test('the table has every client and every situation', () => {
    assert.deepEqual(Object.keys(told), Object.keys(CLIENTS));
    for (const row of Object.values(told)) assert.deepEqual(Object.keys(row), Object.keys(all));
  });
  for (const [client, adapter] of adapters) {
    describe(`${client} prints`, () => {
      for (const [what, { of, message }] of Object.entries(all)) {
        const cell = told[client][what];
        // hosted-regctl.test.mjs shows that it goes on.
        if (cell.startsWith('nothing: ')) continue;
        test(`${cell} for ${what}`, () =>
          assert.rejects(of(adapter), ({ output }) => agrees(output, cell, message)));
      }
    });
  }
}

/** A cell has several alternatives, with "or" between them, if the client itself is not always the same. */
function agrees(output, cell, message) {
  const isWhole = /the (message|page)/.test(cell);
  assert.equal(message.test(output), isWhole, output);
  const has = ([, words]) => output.includes(words);
  const isSaid = (alternative) => [...alternative.matchAll(/`([^`]*)`/g)].every(has);
  assert.ok(cell.split(' or ').some(isSaid), output);
  return true;
}

/** The table below a heading of TROUBLESHOOTING.md, as `{ <row>: { <column>: <cell> } }`. */
function table(heading) {
  const text = readFileSync(join(root, 'TROUBLESHOOTING.md'), 'utf8');
  const section = text.split(`## ${heading}\n`)[1].split('\n## ')[0];
  const cells = (line) => line.slice(2, -2).split(' | ');
  const [head, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'));
  const [, ...columns] = cells(head);
  const asRow = ([name, ...row]) => [
    name,
    Object.fromEntries(row.map((cell, at) => [columns[at], cell])),
  ];
  return Object.fromEntries(rows.map((line) => asRow(cells(line))));
}
