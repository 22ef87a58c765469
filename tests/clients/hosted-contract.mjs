import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs, needsRoot, scratch } from '../support/clients.mjs';
import { hosting } from '../support/hosting.mjs';
import { imageToPush } from '../support/images.mjs';
import { client as asClient, owner as asOwner, registry } from '../support/registry.mjs';

/**
 * What is promised to every client that pushes. `start()` gives `{ push(image, name, credential),
 * pull(name, credential) }`: a push answers the digest of what was pushed, a pull the digests that
 * the client has then. For a client that does not pass on the registry's message, `mute` matches what
 * it prints instead, and `denied` what it prints of a pull that is not granted.
 */
export async function pushContract(
  client,
  { programs = [client], root, mute, denied = /log in first/, start },
) {
  const { skip } = root ? needsRoot(...programs) : needs(...programs);
  if (skip) return test(`${client}, hosted`, { skip }, () => {});
  const here = await hosting();
  const adapter = await start();
  const slug = `hosted-${client.toLowerCase().replaceAll(' ', '-')}`;
  const dir = scratch(slug);
  const mine = await here.account();
  const credential = ({ user, secret }) => ({ user, password: secret });
  const owner = credential(asOwner(mine));
  const grants = async (actions) => credential(asClient(await here.client(mine, actions)));
  const pusher = await grants({ myapp: ['pull', 'push'] });
  const puller = await grants({ '*': ['pull'] });
  let serial = 0;

  const name = (repository = 'myapp') =>
    `${here.host}/${mine.account}/${repository}/r${++serial}:v1`;
  const image = () => imageToPush(dir, { title: `${slug}-${++serial}` });

  /** The digest that the registry has for a name. */
  async function digestOf(full) {
    const [, path, tag] = full.match(/^[^/]+\/(.*):([^:]+)$/);
    const reply = await registry(here.url, path, asOwner(mine)).head(`manifests/${tag}`);
    assert.equal(reply.status, 200, `${full} is not there`);
    return reply.headers['docker-content-digest'];
  }

  async function pushed(as, full = name()) {
    const digest = await adapter.push(image(), full, as);
    assert.equal(await digestOf(full), digest);
    return { full, digest };
  }

  const fails = (work, message) =>
    work.then(
      () => assert.fail('it was let through'),
      (error) => assert.match(error.output ?? error.message, message),
    );
  const told = (message) => mute ?? message;

  describe(`${client} pushes`, () => {
    test('as the owner, and pulls the same digest', async () => {
      const { full, digest } = await pushed(owner);
      assert.ok((await adapter.pull(full, owner)).includes(digest));
    });
    test('as a client that may, and pulls the same digest', async () => {
      const { full, digest } = await pushed(pusher);
      assert.ok((await adapter.pull(full, pusher)).includes(digest));
    });
    test('what others pull, by a pull-only client and, once public, by anybody', async () => {
      const { full, digest } = await pushed(owner, name('shared'));
      assert.ok((await adapter.pull(full, puller)).includes(digest));
      await fails(adapter.pull(full), denied);
      const path = `/accounts/${mine.account}/repositories/shared`;
      assert.equal((await here.api('PUT', path, { public: true }, mine.key)).status, 200);
      assert.ok((await adapter.pull(full)).includes(digest));
    });
  });

  describe(`${client} is refused, and says why,`, () => {
    const refused = /you may not push to/;
    test('as a client that may only pull', () =>
      fails(adapter.push(image(), name(), puller), told(refused)));
    test('as a client for another repository', () =>
      fails(adapter.push(image(), name('myapp2'), pusher), told(refused)));
    test('as nobody', () => fails(adapter.push(image(), name()), told(refused)));
    test('with another account', async () => {
      const other = credential(asOwner(await here.account()));
      await fails(adapter.push(image(), name(), other), told(refused));
    });
    test('with a mistyped secret', () => {
      const last = owner.password.at(-1) === 'A' ? 'B' : 'A';
      const password = `${owner.password.slice(0, -1)}${last}`;
      return fails(adapter.push(image(), name(), { user: 'KEY', password }), told(/mistyped/));
    });
    test('with a secret that was revoked', async () => {
      const path = `/accounts/${mine.account}/keys`;
      const { id, key } = await here.made(path, { name: 'gone' }, mine.key);
      await here.api('DELETE', `${path}/${id}`, undefined, mine.key);
      await fails(
        adapter.push(image(), name(), { user: 'KEY', password: key }),
        told(/does not exist, or was revoked/),
      );
    });
  });
  return { ...here, adapter, mine, owner, pusher, puller, name, image, dir };
}
