import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch } from '../support/clients.mjs';
import { buildah as makeBuildah } from './adapters/buildah.mjs';
import { contract } from './contract.mjs';
import { suite } from './suite.mjs';

await suite('buildah', {}, (context) => {
  const { buildah, pull } = makeBuildah();
  contract({ ...context, pull, picks: true });

  const { upstream, redirects } = context;
  const { host } = new URL(redirects);
  const { apiKey } = upstream.credentials.owner;

  describe('buildah', () => {
    test('builds from one release and copies out of another, private one', async () => {
      const dir = scratch('buildah-context');
      const copy = `COPY --from=${host}/acme/secret/1.0.0 /release.txt /secret.txt`;
      writeFileSync(join(dir, 'Containerfile'), `FROM ${host}/acme/kiosk\n${copy}\n`);
      const options = ['--tls-verify=false', '--creds', `anyone:${apiKey}`, '--tag', 'built'];
      await buildah(['bud', ...options, dir]);
      const container = (await buildah(['from', '--pull-never', 'built'])).stdout.trim();
      const root = (await buildah(['mount', container])).stdout.trim();
      assert.match(text(root, 'release.txt'), /^acme\/kiosk 1\.0\.0/);
      assert.match(text(root, 'secret.txt'), /^acme\/secret 1\.0\.0/);
    });
  });
});

const text = (dir, file) => readFileSync(join(dir, file), 'utf8');
