#!/usr/bin/env node
// Installs what is missing for a purpose: build, start, test or bench. It runs on Node 20 without any
// package, and takes a moment if nothing is missing.
import { cargoTools } from './cargo-tools.mjs';
import { bench, clients, registry } from './clients.mjs';
import { npmPackages } from './npm.mjs';
import { rust } from './rust.mjs';

const PURPOSES = {
  build: [],
  start: [registry],
  test: [registry, clients],
  bench: [registry, bench],
};

async function setUp(purpose) {
  const more = PURPOSES[purpose];
  if (!more) throw new Error(`usage: node dev/setup/index.mjs ${Object.keys(PURPOSES).join('|')}`);
  await npmPackages();
  const { native } = await rust();
  await cargoTools(native);
  for (const part of more) await part();
}

try {
  await setUp(process.argv[2] ?? 'build');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
