import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cleanEnvironment, needs, program, scratch } from '../support/clients.mjs';
import { hosting } from '../support/hosting.mjs';
import { sha256 } from '../support/location.mjs';
import { client as asClient, owner as asOwner } from '../support/registry.mjs';
import { run } from '../support/run.mjs';

const { skip } = needs('helm');
if (skip) test('helm, hosted', { skip }, () => {});
else await define();

async function define() {
  const { host, account, client, api } = await hosting();
  const home = scratch('hosted-helm');
  const mine = await account();
  const owner = asOwner(mine);
  const grants = async (actions) => asClient(await client(mine, { charts: actions }));
  const pusher = await grants(['pull', 'push']);
  const puller = await grants(['pull']);
  let serial = 0;

  /** helm with a configuration of its own, logged in where somebody is named. */
  async function helm(who) {
    const env = cleanEnvironment(mkdtempSync(join(home, 'config-')));
    const helm = (args, more) => run(program('helm'), args, { env, cwd: env.HOME, ...more });
    if (who) {
      const login = ['registry', 'login', host, '--plain-http', '--username', who.user];
      await helm([...login, '--password-stdin'], { input: who.secret });
    }
    return { helm, dir: env.HOME };
  }

  /** A chart that was never pushed, packaged. */
  async function chart() {
    serial += 1;
    const name = `chart-${serial}`;
    const dir = mkdtempSync(join(home, 'chart-'));
    mkdirSync(join(dir, name));
    const about = `apiVersion: v2\nname: ${name}\nversion: 1.0.${serial}\ndescription: for a test\n`;
    writeFileSync(join(dir, name, 'Chart.yaml'), about);
    const { helm: packing } = await helm();
    await packing(['package', join(dir, name), '--destination', dir]);
    const file = readdirSync(dir).find((one) => one.endsWith('.tgz'));
    return { name, version: `1.0.${serial}`, file: join(dir, file) };
  }

  const repository = (name = 'charts') => `oci://${host}/${mine.account}/${name}`;

  async function push(who, to = repository()) {
    const made = await chart();
    const { helm: pushing } = await helm(who);
    const { output } = await pushing(['push', made.file, to, '--plain-http']);
    return { ...made, to, digest: output.match(/Digest: (sha256:[0-9a-f]{64})/)[1] };
  }

  async function pull(who, { name, version, to }) {
    const { helm: pulling, dir } = await helm(who);
    const args = ['pull', `${to}/${name}`, '--version', version, '--plain-http'];
    const { output } = await pulling(args);
    const [, digest] = output.match(/Digest: (sha256:[0-9a-f]{64})/);
    return { digest, bytes: readFileSync(join(dir, `${name}-${version}.tgz`)) };
  }

  async function pullsBack(who, pushed) {
    const { digest, bytes } = await pull(who, pushed);
    assert.equal(digest, pushed.digest);
    assert.equal(sha256(bytes), sha256(readFileSync(pushed.file)));
  }

  describe('helm pushes a chart', () => {
    test('as the owner, pulls the same digest and shows it', async () => {
      const pushed = await push(owner);
      await pullsBack(owner, pushed);
      const { helm: showing } = await helm(owner);
      const { name, version, to } = pushed;
      const args = ['show', 'chart', `${to}/${name}`, '--version', version, '--plain-http'];
      assert.match((await showing(args)).output, new RegExp(`name: ${name}`));
    });
    test('as a client that may', async () => pullsBack(pusher, await push(pusher)));
    test('that a pull-only client pulls', async () => pullsBack(puller, await push(owner)));
    test('that anybody pulls once its repository is public', async () => {
      const pushed = await push(owner, repository('shared'));
      await assert.rejects(pull(undefined, pushed), /log in first/);
      const path = `/accounts/${mine.account}/repositories/shared`;
      await api('PUT', path, { public: true }, mine.key);
      await pullsBack(undefined, pushed);
    });
  });

  describe('helm is refused, and says why,', () => {
    const refused = /you may not push to/;
    test('as a client that may only pull', () => assert.rejects(push(puller), refused));
    test('as a client for another repository', () =>
      assert.rejects(push(pusher, repository('charts2')), refused));
    test('as nobody', () => assert.rejects(push(undefined), refused));
    test('with a mistyped secret, at the login', () => {
      const last = owner.secret.at(-1) === 'A' ? 'B' : 'A';
      const secret = `${owner.secret.slice(0, -1)}${last}`;
      return assert.rejects(helm({ user: 'KEY', secret }), /mistyped/);
    });
  });
}
