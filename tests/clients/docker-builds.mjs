import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../support/clients.mjs';

/** Tests that `docker build` starts from releases. `more` is the environment of its client. */
export function builds(title, { fresh, url, apiKey, more }) {
  describe(title, () => {
    const { host } = new URL(url);
    const build = (docker, from, copyFrom, tag) =>
      docker(['build', '--tag', tag, context(host, from, copyFrom)], { more });

    test('starts from one release and copies out of another', async () => {
      const { docker } = fresh();
      await build(docker, 'acme/kiosk', 'acme/gateway/1.0.0/proxy', 'public');
      assert.match(await read(docker, 'public', 'release.txt'), /^acme\/kiosk 1\.0\.0/);
      assert.match(await read(docker, 'public', 'copied.txt'), /^acme\/gateway .* proxy/);
    });
    test('starts from the private application after a login', async () => {
      const { docker, login } = fresh();
      await login(host, apiKey);
      await build(docker, 'acme/secret/1.0.0', 'balenablocks/multiarch', 'private');
      assert.match(await read(docker, 'private', 'release.txt'), /^acme\/secret 1\.0\.0/);
      assert.match(await read(docker, 'private', 'copied.txt'), /^balenablocks\/multiarch/);
    });
    test('starts from an image of the engine whose name is not granted', async () => {
      const { docker } = fresh();
      const name = `${host}/acme/local`;
      await docker(['pull', `${host}/acme/kiosk`]);
      await docker(['tag', `${host}/acme/kiosk`, name]);
      await build(docker, 'acme/local', 'acme/local', 'local');
      assert.match(await read(docker, 'local', 'release.txt'), /^acme\/kiosk 1\.0\.0/);
    });
    test('fails on a name that does not exist, and names it', async () => {
      const built = build(fresh().docker, 'acme/kiosk', 'acme/nothing/2.0.0', 'nothing');
      await assert.rejects(
        built,
        /acme\/nothing\/2\.0\.0.*(not found|403 Forbidden|pull access denied)/s,
      );
    });
  });
}

/** A folder to build from, with a file out of each of two images. */
export function context(host, from, copyFrom) {
  const dir = scratch('docker-context');
  const copy = `COPY --from=${host}/${copyFrom} /release.txt /copied.txt`;
  writeFileSync(join(dir, 'Dockerfile'), `FROM ${host}/${from}\n${copy}\n`);
  return dir;
}

/** A file of an image, as text. */
export async function read(docker, image, file) {
  const dir = scratch('docker-file');
  const container = (await docker(['create', '--network', 'none', image])).stdout.trim();
  await docker(['cp', `${container}:/${file}`, dir]);
  return readFileSync(join(dir, file), 'utf8');
}
