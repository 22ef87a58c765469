import { siblingsOf } from './families.mjs';
import { BOUNDS } from './settings.mjs';
import { NOTHING } from './truth.mjs';

const CSP = /^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; /;
const GUEST = { who: 'nobody' };
const ANSWERS = [200, 303, 400, 404];

/** Holds each page against what everybody may see, with what `makeJudge` shares. */
export function makePageJudge({ truth, counts, count, rules }) {
  const { judgeUnserved, failing } = rules;

  function judgePage(page, asked) {
    counts.requests += 1;
    const check = (holds, what) => count(holds, () => `${what}: the page ${page.path}`);
    const { status, reply } = asked;
    if (reply && status !== 303 && status !== 503) {
      const { 'content-type': type, 'content-security-policy': policy } = reply.headers;
      check(type.startsWith('text/html') && CSP.test(policy), 'a page without its policy');
    }
    if (!ANSWERS.includes(status)) return judgeUnserved(check, asked);
    if (page.slug !== undefined) judgeAbout(check, page, asked);
    if (page.family !== undefined) judgeFamily(check, page, asked);
  }

  function judgeAbout(check, { slug, selector }, asked) {
    const { status, reply } = asked;
    const about = { slug, selector: selector ?? { kind: 'target' } };
    const window = selector ? windowOf(about, asked) : withoutToken(windowOf(about, asked));
    if (status === 200) {
      const digests = [...reply.text.matchAll(/<dt>Digest<\/dt><dd><code>(sha256:\w+)</g)];
      const possible = truth.possible(about, GUEST, window);
      const isKnown = ([, digest]) => possible.has(digest);
      check(truth.couldBeSeen(about, GUEST, window), 'a page shows what is private or gone');
      if (selector) check(digests.every(isKnown), 'a page shows another image');
      return;
    }
    const wanted = selector ? truth.possible(about, GUEST, window).has(NOTHING) : undefined;
    check(wanted ?? truth.couldBeMissing(about, GUEST, window), 'a page is missing');
  }

  // A page of siblings has a link to each. Those that everybody sees may be in it.
  function judgeFamily(check, { family, path }, asked) {
    if (asked.status !== 200) return;
    for (const [, slug] of siblingsOf(family)) {
      const about = { slug, selector: { kind: 'target' } };
      const isShown = asked.reply.text.includes(`href="/${slug}${path.slice(1 + family.length)}"`);
      const mayBe = truth.couldBeSeen(about, GUEST, windowOf(about, asked));
      check(!isShown || mayBe, 'a page of siblings shows a private one');
    }
  }

  // What a page describes is kept by itself, after the name was resolved.
  function windowOf(about, asked) {
    const from = asked.from - BOUNDS.target * 1000;
    return { from, until: asked.until, failing: failing(about, { ...asked, from }) };
  }

  return judgePage;
}

// No token is asked for an application's page, so none tells that a right is over.
function withoutToken({ failing: { resolutions }, ...window }) {
  return { ...window, failing: { resolutions, tokens: resolutions } };
}
