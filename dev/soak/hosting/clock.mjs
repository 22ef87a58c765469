import { STEP, WEEK } from './settings.mjs';

/**
 * Time in the catalog, in seconds: it passes faster than here, since what is stored is made older.
 * What ages is what collection asks for the age of.
 */
export function makeClock(store) {
  let ahead = 0;

  const now = () => Date.now() / 1000 + ahead;

  /** Lets a few minutes pass. They count from the moment that this begins. */
  async function step() {
    ahead += STEP;
    await store.run(
      `update candidates set since = since - ${STEP}`,
      `update trash set due = due - ${STEP}`,
    );
  }

  /** Lets the trash wait long enough. No key comes back from it, so nothing else notices. */
  const ripen = () => store.run(`update trash set due = due - ${WEEK}`);

  /** Lets so much time pass that whatever waits has waited long enough. */
  async function pass() {
    ahead += WEEK;
    await store.run(
      `update candidates set since = since - ${WEEK}`,
      `update trash set due = due - ${WEEK}`,
      `update uploads set expires = expires - ${WEEK}`,
    );
  }

  return { now, step, ripen, pass };
}
