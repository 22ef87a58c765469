import { makeFamilyJudge } from './judge-families.mjs';
import { makePageJudge } from './judge-pages.mjs';
import { NOTHING } from './truth.mjs';

const SHOWN = 20;

// An answer that breaks off is none of a fault's: nothing is handed through before it is whole.
const explains = (kind, status) =>
  status === 429 || status === 503
    ? kind.startsWith(BRINGS[status])
    : status !== undefined && status >= 500;

const BRINGS = { 429: '429', 503: 'trap' };

/** Holds each pull and each page against the truth, and counts what is wrong. */
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
    judgeToken(check, caller, token);
    if (manifest !== undefined) judgeManifest(check, name, caller, token, manifest);
    if (blob !== undefined) judgeBlob(check, blob);
  }

  function judgeToken(check, caller, token) {
    if (token.status === 200) check(!caller.isWrong, 'a wrong credential was accepted');
    else judgeRefusal(check, caller, token, 'api');
  }

  function judgeBlob(check, blob) {
    // What is no redirect is handed through: who reads it has to check it.
    if (blob.status === 200) {
      const isNonsense = trouble.during('registry', blob).includes('wrong-types');
      return check(isNonsense, 'a stream in the place of a redirect');
    }
    if (blob.status !== 307) return judgeRefusal(check, {}, blob, 'registry');
    return check(blob.digest === blob.told, 'a redirect to what is not the blob');
  }

  function judgeManifest(check, name, caller, token, manifest) {
    if (![200, 403, 404].includes(manifest.status)) {
      return judgeRefusal(check, {}, manifest, 'registry');
    }
    const possible = truth.possible(name, caller, { ...token, failing: failing(name, token) });
    if (manifest.status !== 200) {
      counts.missing += 1;
      return check(possible.has(NOTHING), 'what is there was not found');
    }
    counts.found += 1;
    check(manifest.told === manifest.digest, 'bytes that are not of the digest they came with');
    return check(possible.has(manifest.digest), 'a wrong answer', () =>
      describe(name, caller, manifest),
    );
  }

  // Which calls of the API failed when a name was asked for, or may have been slow when what is kept
  // of it was told.
  function failing(name, time) {
    const kept = { ...time, from: truth.recent(name, time.from) };
    return trouble.wasSlow(kept) ? { resolutions: true, tokens: true } : trouble.failing(time);
  }

  // A page does not say which part failed.
  function judgeUnserved(check, { status, broken, ...time }) {
    counts.excused += 1;
    const kinds = ['api', 'registry'].flatMap((part) => trouble.during(part, time));
    const holds = status !== 500 && kinds.some((kind) => explains(kind, status));
    return check(holds, `${status ?? broken} without a fault`);
  }

  // 401 is for credentials alone that are wrong, or that the API refuses for a time; all else that is
  // no answer needs a fault as its reason.
  function judgeRefusal(check, { isWrong, secret }, { status, broken, ...time }, part) {
    const kinds = trouble.during(part, time);
    if (status === 401) {
      const isRefused = secret !== undefined && kinds.includes('403');
      return check(isWrong || isRefused, `${part}: refused with 401`);
    }
    counts.excused += 1;
    const holds = kinds.some((kind) => explains(kind, status));
    return check(holds, `${part}: ${status ?? broken} without a fault`);
  }

  function describe({ slug }, caller, { digest }) {
    const owner = truth.ownerOf(digest);
    if (!owner.startsWith(`${slug}/`)) return `, the digest of another release, ${owner}`;
    const isTheirs = truth.everTold(slug, caller, digest);
    return isTheirs ? `, older than its bound, ${owner}` : `, private to others, ${owner}`;
  }

  /** While the API asks a caller to leave it alone, it may get only calls that the caller had under way. */
  function judgeBackOff(limits, most) {
    for (const { met } of limits) {
      count(
        met <= most,
        () => `api: asked ${met} times by one caller while it asked to be left alone`,
      );
    }
  }

  /** No Worker may say anything but the lines of its log. */
  function judgeLog(complaints) {
    count(complaints.length === 0, () => `a Worker's log: ${complaints[0]}`);
  }

  const shared = { truth, trouble, counts, count };
  const rules = { judgeToken, judgeRefusal, judgeBlob, judgeUnserved, failing };
  const judgeFamily = makeFamilyJudge({ ...shared, rules });
  const judgePage = makePageJudge({ ...shared, rules });
  return { judge, judgeFamily, judgePage, judgeBackOff, judgeLog, counts };
}
