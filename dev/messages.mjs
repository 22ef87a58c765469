#!/usr/bin/env node
// Has every client refused, and writes what it prints into docs/messages.md: npm run messages
import { test } from 'node:test';
import { parts, write } from '../tests/clients/words/document.mjs';
import { observed } from '../tests/clients/words/observed.mjs';

// As a test, because the clients' daemons end with the test that started them.
test('docs/messages.md is written', async () => write(parts(await observed())));
