import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { cleanEnvironment, scratch } from '../support/clients.mjs';
import { passing } from '../support/passing.mjs';
import { podman as makePodman } from './adapters/podman.mjs';
import { contract } from './contract.mjs';
import { SECRET } from './references.mjs';
import { suite } from './suite.mjs';

await suite('podman', { wrangler: true }, (context) => {
  const { podman, pull, pullOnly } = makePodman();
  contract({ ...context, pull });

  const { upstream, redirects } = context;
  const { host } = new URL(redirects);
  const { owner } = upstream.credentials;
  const login = (password) =>
    podman(['login', '--tls-verify=false', '--username', 'anyone', '--password-stdin', host], {
      input: password,
    });

  describe('podman', () => {
    for (const kind of ['apiKey', 'sessionToken']) {
      test(`logs in with the ${kind}, and then pulls the private application`, async () => {
        await login(owner[kind]);
        assert.equal((await pull(`${host}/${SECRET}`)).length, 1);
        await podman(['logout', host]);
        await assert.rejects(pullOnly(`${host}/${SECRET}`), /was not found/);
      });
    }
    test('does not log in with a wrong password, and says so', () =>
      assert.rejects(login('wrong'), /invalid username\/password/));
    test("pulls another platform's image of an index", async () => {
      const name = `${host}/balenablocks/multiarch`;
      await pullOnly(name, { platform: 'linux/arm64' });
      const format = ['--format', '{{.Architecture}}'];
      const { stdout } = await podman(['image', 'inspect', ...format, name]);
      assert.equal(stdout.trim(), 'arm64');
    });
    for (const refuses of [403, 404]) {
      test(`looks for a short name in the next registry after a ${refuses}`, async () => {
        const first = new URL((await passing(redirects, { refuses })).url).host;
        const location = (at) => `[[registry]]\nlocation = "${at}"\ninsecure = true\n`;
        const search = `unqualified-search-registries = ["${first}", "${host}"]\n`;
        const file = join(scratch('registries'), 'registries.conf');
        writeFileSync(file, search + location(first) + location(host));
        const env = { ...cleanEnvironment(dirname(file)), CONTAINERS_REGISTRIES_CONF: file };
        const { output } = await makePodman().podman(['pull', 'acme/kiosk'], { env });
        assert.match(output, new RegExp(`Trying to pull ${first}/acme/kiosk`));
      });
    }
    test('cannot push over a release, and says how releases are made', async () => {
      const name = `${host}/acme/kiosk`;
      await pullOnly(name);
      const pushed = podman(['push', '--tls-verify=false', name]);
      await assert.rejects(pushed, /releases are made with `balena push`/);
    });
  });
});
