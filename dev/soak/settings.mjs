/** Seconds for which a resolution answers, by kind: small, so that time matters in a short run. */
export const BOUNDS = { target: 2, version: 2, fixed: 3 };
const MISS = 1;
const TAG = 1;

/** For how long anybody is given the upstream token that somebody got, in seconds. */
export const TOKEN_SECONDS = 2;

/** How long it answers for an API that is out of order: longer than most runs. */
export const STALE_SECONDS = 60;
export const DEADLINE_MS = 1500;

/** How long it is not waited for again after a deadline has passed. */
export const SPARED_MS = 3 * DEADLINE_MS;

/** How long the API or the registry asks to be left alone with 429, in seconds. */
export const RETRY_AFTER = 2;

/**
 * An entry's age runs from the API's answer, and what it says was true a little before. Where a
 * call took longer than this half, on a machine that is busy, that counts as a fault.
 */
export const SLACK_MS = 800;

/** How long at most a part that failed is left alone after its fault has ended. */
export const PAUSED_MS = RETRY_AFTER * 1000 + SLACK_MS;

/** For how long at most a part of an image stays out of indexes that the registry made unusable. */
export const GONE_MS = MISS * 1000 + SLACK_MS;

/** The Worker's settings. */
export const settings = {
  TARGET_SECONDS: `${BOUNDS.target}`,
  VERSION_SECONDS: `${BOUNDS.version}`,
  FIXED_SECONDS: `${BOUNDS.fixed}`,
  MISS_SECONDS: `${MISS}`,
  TAG_SECONDS: `${TAG}`,
  TOKEN_SECONDS: `${TOKEN_SECONDS}`,
  STALE_SECONDS: `${STALE_SECONDS}`,
  UPSTREAM_DEADLINE_MS: `${DEADLINE_MS}`,
};
