import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { docker as makeDocker } from './adapters/docker.mjs';
import { contract } from './contract.mjs';
import { INDEX, SECRET } from './references.mjs';
import { suite } from './suite.mjs';

const options = { programs: ['docker', 'dockerd'], root: true, wrangler: true };

await suite('docker', options, async (context) => {
  const { fresh, pull, pullOnly } = await makeDocker();
  contract({ ...context, pull });

  const { upstream, redirects } = context;
  const { host } = new URL(redirects);
  const { owner, stranger } = upstream.credentials;

  describe('docker', () => {
    for (const kind of ['apiKey', 'sessionToken']) {
      test(`logs in with the ${kind}, and then pulls the private application`, async () => {
        const { docker, login } = fresh();
        assert.match((await login(host, owner[kind])).stdout, /Login Succeeded/);
        await docker(['pull', `${host}/${SECRET}`]);
        await docker(['logout', host]);
        await assert.rejects(docker(['pull', `${host}/${SECRET}`]), /was not found/);
      });
    }
    test('does not log in with a wrong password, and says so', () =>
      assert.rejects(fresh().login(host, 'wrong'), /wrong credentials: log in with/));
    test('logs in as a user who may see nothing private, and pulls a public image', async () => {
      const { docker, login } = fresh();
      await login(host, stranger.apiKey);
      await docker(['pull', `${host}/acme/kiosk`]);
    });
    test("pulls another platform's image of an index", async () => {
      const docker = await pullOnly(`${host}/${INDEX}`, { platform: 'linux/arm64' });
      const format = ['--format', '{{.Architecture}}'];
      const { stdout } = await docker(['image', 'inspect', ...format, `${host}/${INDEX}`]);
      assert.equal(stdout.trim(), 'arm64');
    });
    test('cannot push over a release, and says how releases are made', async () => {
      const docker = await pullOnly(`${host}/acme/kiosk`);
      const pushed = docker(['push', `${host}/acme/kiosk`]);
      await assert.rejects(pushed, /releases are made with `balena push`/);
    });
  });
});
