import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { scratch } from '../support/clients.mjs';
import { docker as makeDocker } from './adapters/docker.mjs';
import { suite } from './suite.mjs';

const BUILDERS = { BuildKit: '1', 'the classic builder': '0' };
const options = { programs: ['docker', 'dockerd'], root: true, wrangler: true };

await suite('docker build', options, async ({ upstream, redirects, streams, start }) => {
  const { fresh } = await makeDocker();
  const { apiKey } = upstream.credentials.owner;

  for (const [builder, DOCKER_BUILDKIT] of Object.entries(BUILDERS)) {
    for (const [storage, url] of Object.entries({ redirects, streams })) {
      describe(`docker build with ${builder}, a registry that ${storage}`, () => {
        const { host } = new URL(url);
        const build = (docker, from, copyFrom, tag) =>
          docker(['build', '--tag', tag, context(host, from, copyFrom)], {
            more: { DOCKER_BUILDKIT },
          });

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
        test('fails on a name that does not exist, and names it', async () => {
          const built = build(fresh().docker, 'acme/kiosk', 'acme/nothing/2.0.0', 'nothing');
          await assert.rejects(built, /acme\/nothing\/2\.0\.0.*not found/);
        });
      });
    }
  }

  // BuildKit keeps a token over several builds, for as long as the token says.
  test('BuildKit builds from the new target after TARGET_SECONDS, in builds that follow each other', async () => {
    const slug = 'acme/moving';
    await upstream.control.createApplication({ slug });
    const { host } = new URL((await start({ TARGET_SECONDS: '2' })).url);
    const { docker } = fresh();
    const more = { DOCKER_BUILDKIT: '1' };
    for (const semver of ['1.0.0', '1.1.0', '1.2.0']) {
      await upstream.control.createRelease(slug, { semver });
      // The old target may be known for TARGET_SECONDS, in a token for as long again.
      await sleep(5000);
      const dir = context(host, slug, 'acme/kiosk');
      await docker(['build', '--pull', '--tag', 'moving', dir], { more });
      const release = await read(docker, 'moving', 'release.txt');
      assert.ok(release.startsWith(`${slug} ${semver} `), release);
    }
  });
});

function context(host, from, copyFrom) {
  const dir = scratch('docker-context');
  const copy = `COPY --from=${host}/${copyFrom} /release.txt /copied.txt`;
  writeFileSync(join(dir, 'Dockerfile'), `FROM ${host}/${from}\n${copy}\n`);
  return dir;
}

async function read(docker, image, file) {
  const dir = scratch('docker-file');
  const container = (await docker(['create', '--network', 'none', image])).stdout.trim();
  await docker(['cp', `${container}:/${file}`, dir]);
  return readFileSync(join(dir, file), 'utf8');
}
