import { NOTHING } from './truth.mjs';

const SHOWN = 20;

// An answer that breaks off is none of a fault's: nothing is handed through before it is whole.
const explains = (kind, status) =>
  status === 429 ? kind.startsWith('429') : status !== undefined && status >= 500;

/** Holds each pull against the truth, and counts what is wrong. */
export function makeJudge({ truth, trouble, say }) {
  const counts = { requests: 0, checks: 0, violations: 0, excused: 0, found: 0, missing: 0 };

  function count(holds, what) {
    counts.checks += 1;
    if (holds) return;
    counts.violations += 1;
    if (counts.violations <= SHOWN) say(`violation: ${what()}`);
  }

  function judge(name, caller, { token, manifest, blob }) {
    counts.requests += [token, manifest, blob].filter((asked) => asked !== undefined).length;
    const check = (holds, what, more = () => '') =>
      count(holds, () => `${what}${more()}: ${name.text}, asked by ${caller.who}`);
    if (token.status === 200) check(!caller.isWrong, 'a wrong credential was accepted');
    else judgeRefusal(check, caller, token, 'api');
    if (manifest !== undefined) judgeManifest(check, name, caller, token, manifest);
    if (blob !== undefined) judgeBlob(check, blob);
  }

  function judgeBlob(check, blob) {
    if (blob.status !== 307) return judgeRefusal(check, {}, blob, 'registry');
    return check(blob.digest === blob.told, 'a redirect to what is not the blob');
  }

  function judgeManifest(check, name, caller, token, manifest) {
    if (manifest.status !== 200 && manifest.status !== 404) {
      return judgeRefusal(check, {}, manifest, 'registry');
    }
    const kept = { ...token, from: truth.recent(name, token.from) };
    const failing = trouble.wasSlow(kept)
      ? { resolutions: true, tokens: true }
      : trouble.failing(token);
    const possible = truth.possible(name, caller, { ...token, failing });
    if (manifest.status === 404) {
      counts.missing += 1;
      return check(possible.has(NOTHING), 'what is there was not found');
    }
    counts.found += 1;
    check(manifest.told === manifest.digest, 'bytes that are not of the digest they came with');
    return check(possible.has(manifest.digest), 'a wrong answer', () =>
      describe(name, caller, manifest),
    );
  }

  // 401 is for wrong credentials alone; all else that is no answer needs a fault as its reason.
  function judgeRefusal(check, { isWrong = false }, { status, broken, ...time }, part) {
    if (status === 401) return check(isWrong, `${part}: refused with 401`);
    counts.excused += 1;
    const holds = trouble.during(part, time).some((kind) => explains(kind, status));
    return check(holds, `${part}: ${status ?? broken} without a fault`);
  }

  function describe({ slug }, caller, { digest }) {
    const owner = truth.ownerOf(digest);
    if (!owner.startsWith(`${slug}/`)) return `, the digest of another release, ${owner}`;
    const isTheirs = truth.everTold(slug, caller, digest);
    return isTheirs ? `, older than its bound, ${owner}` : `, private to others, ${owner}`;
  }

  /** No Worker may say anything but the lines of its log. */
  function judgeLog(complaints) {
    count(complaints.length === 0, () => `a Worker's log: ${complaints[0]}`);
  }

  return { judge, judgeLog, counts };
}
