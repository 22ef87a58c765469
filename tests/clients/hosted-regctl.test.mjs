import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bodyLimit } from '../support/body-limit.mjs';
import { imageToPush } from '../support/images.mjs';
import { regctl } from './adapters/regctl.mjs';
import { pushContract } from './hosted-contract.mjs';

// A layer of three parts, and a limit that lets one part through.
const LIMIT = 8 << 20;
const LARGE = 14 << 20;

const here = await pushContract('regctl', { mute: /unauthorized/, start: regctl });
if (here) {
  describe('regctl behind an edge that refuses long requests', () => {
    test('goes on in chunks after a 413, and pulls the same digest', async () => {
      const { adapter, owner, mine, dir } = here;
      const edge = await bodyLimit(here.url, LIMIT);
      const image = imageToPush(dir, { title: 'hosted-regctl-large', layers: [LARGE] });
      const name = `${new URL(edge.url).host}/${mine.account}/large:v1`;
      await adapter.push(image, name, owner);
      assert.ok(edge.refused() > 0, 'no request was over the limit');
      assert.deepEqual(await adapter.pull(name, owner), [image.digest]);
    });
  });
}
