#!/usr/bin/env node
// Installs what is missing for a purpose: build, start, clients, test or bench. It runs on Node 20
// without any package, and takes a moment if nothing is missing.
import { bindings, testRunner } from './bindings.mjs';
import { setUp } from './purposes.mjs';
import { rust } from './rust.mjs';
import { together } from './together.mjs';

async function tools(purpose) {
  const { native } = await rust();
  await bindings(native);
  if (purpose === 'test') await testRunner(native);
}

try {
  const purpose = process.argv[2] ?? 'build';
  await together(setUp(purpose), tools(purpose));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
