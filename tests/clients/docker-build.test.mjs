import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { docker as makeDocker } from './adapters/docker.mjs';
import { builds, context, read } from './docker-builds.mjs';
import { suite } from './suite.mjs';

const BUILDERS = { BuildKit: '1', 'the classic builder': '0' };
const options = { programs: ['docker', 'dockerd'], root: true, wrangler: true };

await suite('docker build', options, async ({ upstream, redirects, streams, start }) => {
  const { fresh } = await makeDocker();
  const { apiKey } = upstream.credentials.owner;

  for (const [builder, DOCKER_BUILDKIT] of Object.entries(BUILDERS)) {
    for (const [storage, url] of Object.entries({ redirects, streams })) {
      const title = `docker build with ${builder}, a registry that ${storage}`;
      builds(title, { fresh, url, apiKey, more: { DOCKER_BUILDKIT } });
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
