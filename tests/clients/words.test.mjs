// What each client prints when it is refused is what docs/messages.md says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsRoot } from '../support/clients.mjs';
import { PROGRAMS } from './words/clients.mjs';
import { parts, written } from './words/document.mjs';
import { observed } from './words/observed.mjs';

const { skip } = needsRoot(...PROGRAMS);
if (skip) test('what clients print', { skip }, () => {});
else await define();

async function define() {
  // As the failure of a test, because a file that ends early leaves its servers running.
  const made = await observed().then(parts, failed);
  if (!made) return;
  const told = written();
  test('the document has every part', () =>
    assert.deepEqual(Object.keys(told).sort(), Object.keys(made).sort()));
  for (const [name, part] of Object.entries(made)) {
    test(`the document says what every client prints: ${name}`, () =>
      assert.equal(told[name], part, 'npm run messages writes it'));
  }
}

function failed(error) {
  test('every client comes into every situation', () => {
    throw error;
  });
}
