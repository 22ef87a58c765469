/** How long what was pushed is spared by a collection that is wanted now, in seconds. */
const GRACE = 15 * 60;

/** By how much what is stored ages at once, in seconds. */
export const STEP = 4 * 60;

/**
 * For how long in the catalog's time a blob must stay that was pushed, or that HEAD told a pusher of:
 * two thirds of the grace. A step that is under way counts as one that is over.
 */
export const SPARED = { pushed: GRACE - STEP, told: (GRACE * 2) / 3 - STEP };

/** Longer than the trash waits, and longer than a session of an upload lasts, in seconds. */
export const WEEK = 8 * 24 * 60 * 60;

/** A fault can be noticed for so long after its end: a connection may be known to be broken late. */
export const FELT_MS = 1000;
