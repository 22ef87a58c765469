import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { oras } from './adapters/oras.mjs';
import { pushContract } from './hosted-contract.mjs';

const KIND = 'application/vnd.example.report';

const here = await pushContract('oras', { start: oras });
if (here) artifacts(here);

function artifacts({ adapter, owner, pusher, puller, name, image, dir }) {
  const as = ({ user, password }) => ['--username', user, '--password', password];

  /** A file that is pushed by its name, from its folder. */
  function report(text) {
    const cwd = mkdtempSync(join(dir, 'report-'));
    writeFileSync(join(cwd, 'report.txt'), text);
    return { cwd, file: 'report.txt:text/plain' };
  }

  async function json(args, more) {
    const { stdout } = await adapter.oras([...args, '--plain-http', '--format', 'json'], more);
    return JSON.parse(stdout);
  }

  async function attach(full, text, who) {
    const { cwd, file } = report(text);
    return json(['attach', '--artifact-type', KIND, ...as(who), full, file], { cwd });
  }

  const discover = async (full, who) => {
    const { referrers } = await json(['discover', '--artifact-type', KIND, ...as(who), full]);
    return (referrers ?? []).map(({ digest }) => digest);
  };

  describe('oras keeps artifacts', () => {
    test('of any kind, and gives their files back', async () => {
      const full = name();
      const { cwd, file } = report('an artifact of its own');
      const pushing = ['push', '--artifact-type', KIND, ...as(owner), full, file];
      const { digest } = await json(pushing, { cwd });
      const to = mkdtempSync(join(dir, 'pulled-'));
      await adapter.oras(['pull', '--plain-http', ...as(puller), full, '--output', to]);
      assert.equal(readFileSync(join(to, 'report.txt'), 'utf8'), 'an artifact of its own');
      assert.deepEqual(await adapter.pull(full, puller), [digest]);
    });
    test('attached to an image, and discovers them', async () => {
      const full = name();
      await adapter.push(image(), full, owner);
      assert.deepEqual(await discover(full, puller), []);
      const first = await attach(full, 'the first', owner);
      const second = await attach(full, 'the second', pusher);
      const found = await discover(full, puller);
      assert.deepEqual(found.sort(), [first.digest, second.digest].sort());
    });
    test('and lets no pull-only client attach one', async () => {
      const full = name();
      await adapter.push(image(), full, owner);
      await assert.rejects(attach(full, 'not allowed', puller), /you may not push to/);
      assert.deepEqual(await discover(full, owner), []);
    });
  });
}
