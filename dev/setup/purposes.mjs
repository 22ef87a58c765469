import { bench, clients, registry } from './clients.mjs';
import { npmPackages } from './npm.mjs';
import { together } from './together.mjs';

const PURPOSES = {
  build: [],
  start: [registry],
  clients: [registry, clients],
  test: [registry, clients],
  bench: [registry, bench],
};

/** Installs what a purpose needs besides Rust: npm packages, and programs of Debian or Go. */
export async function setUp(purpose) {
  const parts = PURPOSES[purpose];
  if (!parts) throw new Error(`set-up is for one of ${Object.keys(PURPOSES).join(', ')}`);
  await together(npmPackages(), inTurn(parts));
}

async function inTurn(parts) {
  for (const part of parts) await part();
}
