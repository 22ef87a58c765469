import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildkit } from './adapters/buildkit.mjs';
import { pushContract } from './hosted-contract.mjs';

const programs = ['buildkitd', 'buildctl'];
const DOCKERFILE = 'FROM scratch\nCOPY content.tar /\n';

const options = { programs, root: true, denied: /403 Forbidden/, start: buildkit };
const here = await pushContract('BuildKit', options);
if (here) caches(here);

function caches({ adapter, host, owner, pusher, puller, name, image }) {
  const { buildctl, build } = adapter;

  /** Builds twice, with nothing left of the first build but the cache in the registry. */
  async function twice(exporter, importer) {
    const cache = name();
    const same = { host, content: image().archive };
    const to = ['--export-cache', `type=registry,ref=${cache},mode=max`];
    await build(DOCKERFILE, { ...same, ...exporter, more: to });
    await buildctl(['prune', '--all']);
    const from = ['--import-cache', `type=registry,ref=${cache}`];
    return (await build(DOCKERFILE, { ...same, ...importer, more: from })).output;
  }

  describe('BuildKit keeps its cache in a hosted repository', () => {
    test('and uses it in the next build', async () =>
      assert.match(await twice(owner, owner), /^#\d+ CACHED$/m));
    test('that a client may push, and another may only pull', async () =>
      assert.match(await twice(pusher, puller), /^#\d+ CACHED$/m));
    test('but exports none as a client that may only pull, and says why', () =>
      assert.rejects(twice(puller, puller), ({ output }) => /you may not push to/.test(output)));
  });

  describe('BuildKit, several builds in a row on one daemon', () => {
    test('starts from an image that it pushed, and sees the next one under its tag', async () => {
      const full = name();
      const from = async () => (await adapter.pull(full, owner))[0];
      const first = await adapter.push(image(), full, owner);
      assert.equal(await from(), first);
      const second = await adapter.push(image(), full, owner);
      assert.notEqual(second, first);
      assert.equal(await from(), second);
    });
  });
}
