import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../dev/ports.mjs';
import { registryConfig } from '../dev/upstream/registry/config.mjs';
import { folderDriver } from '../dev/upstream/registry/driver.mjs';
import { startProgram } from './process.mjs';

/** Starts distribution with the images of the local upstream. Its log goes nowhere, for speed. */
export async function startDistribution(lifetime, { program, root, issued, certificate }) {
  const dir = lifetime.scratch('distribution');
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(dir, 'config.json');
  const { issuer, audience: service } = issued;
  const realm = `http://${issuer}/auth/v1/token`;
  const driver = folderDriver(root);
  const config = registryConfig({ address, driver, realm, service, issuer, certificate });
  writeFileSync(file, JSON.stringify(config));
  const url = `http://${address}`;
  const server = await startProgram(lifetime, program, ['serve', file], {
    log: '/dev/null',
    ready: async () => (await fetch(`${url}/v2/`)).status === 401,
  });
  return { ...server, url };
}
