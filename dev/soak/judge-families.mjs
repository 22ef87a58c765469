import { isDeepStrictEqual } from 'node:util';
import { ARCHITECTURES, siblingsOf } from './families.mjs';
import { BOUNDS, GONE_MS } from './settings.mjs';
import { NOTHING } from './truth.mjs';

/** Holds each pull of a family against the truth, with what `makeJudge` shares. */
export function makeFamilyJudge({ truth, trouble, counts, count, rules }) {
  const { judgeToken, judgeRefusal, judgeBlob, failing } = rules;

  function judgeFamily(name, caller, { token, index, chosen, image, blobs = [] }) {
    const asked = [token, index, image, ...blobs].filter((one) => one !== undefined);
    counts.requests += asked.length;
    const check = (holds, what) =>
      count(holds, () => `${what}: ${name.text}, asked by ${caller.who}`);
    judgeToken(check, caller, token);
    if (index !== undefined) judgeIndex(check, name, caller, token, index);
    if (image !== undefined) judgeImage(check, chosen, image);
    for (const blob of blobs) judgeBlob(check, blob);
  }

  function judgeIndex(check, name, caller, token, index) {
    if (![200, 403, 404].includes(index.status)) return judgeRefusal(check, {}, index, 'registry');
    if (index.status === 200) check(index.digest === index.told, 'an index of another digest');
    counts[index.status === 200 ? 'found' : 'missing'] += 1;
    const listed = index.status === 200 ? index.reply.json.manifests : [];
    const members = [];
    for (const [architecture, slug] of siblingsOf(name.family)) {
      const possible = possibleOf(slug, name, caller, token, index);
      const member = listed.find(({ digest }) => possible.has(digest));
      if (member) members.push([member, ARCHITECTURES[architecture].platform]);
      else check(possible.has(NOTHING) || mayBeLeftOut(index), `no ${architecture} in an index`);
    }
    const known = members.map(([member]) => member);
    check(
      listed.every((member) => known.includes(member)),
      'an index with what is no sibling, or is private or old',
    );
    check(
      members.every(([{ platform }, its]) => isDeepStrictEqual(platform, its)) &&
        isDeepStrictEqual(
          known,
          listed.filter((member) => known.includes(member)),
        ),
      'an index with other platforms, or in another order',
    );
  }

  // What a sibling's part can be. Which siblings there are is kept by itself, before what they mean.
  function possibleOf(slug, { selector }, caller, token, index) {
    const from = token.from - BOUNDS.target * 1000;
    return truth.possible({ slug, selector }, caller, {
      from,
      until: index.until,
      failing: failing({ selector }, { ...token, from }),
    });
  }

  // What the registry made unusable is left out, and remembered for a while.
  const mayBeLeftOut = ({ from, until }) =>
    trouble.during('registry', { from: from - GONE_MS, until }).length > 0;

  function judgeImage(check, chosen, image) {
    if (image.status !== 200) return judgeRefusal(check, {}, image, 'registry');
    check(image.digest === chosen.digest, 'an image that an index does not list');
  }

  return judgeFamily;
}
