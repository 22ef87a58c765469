import { setTimeout as sleep } from 'node:timers/promises';
import { passChanged } from '../../faults/forward.mjs';
import { startServer } from '../../faults/server.mjs';

const OFTEN_MS = 20;
const SOMETIMES_MS = 500;

/**
 * Faults to be found, in what surrounds the Workers. Each gets `{ store, world, url }` and answers
 * `run(isOver)`, and `front`, a server to be asked in place of the Workers.
 */
export const HOSTING_PLANTS = {
  /** Objects are deleted from R2 that are in use. */
  'lost-blob': ({ store }) => ({
    run: every(SOMETIMES_MS, async () => {
      const live = 'select key from objects where live = 1 order by random() limit 1';
      for (const { key } of await store.run(live)) await store.lose(key);
    }),
  }),

  /** Collection does not wait: all that it looks at is as old as can be. */
  'early-collect': ({ store }) => ({
    run: every(OFTEN_MS, () => store.run('update candidates set since = 0')),
  }),

  /** Whoever reads is taken for the owner of the account. */
  async 'foreign-read'({ world, url }) {
    const raised = (target) => {
      const account = world.find((one) => target.startsWith(`/v2/${one.account}/`));
      return account ? { authorization: `Bearer ${account.key}` } : {};
    };
    const front = await startServer((request, response) => {
      const isRead = ['GET', 'HEAD'].includes(request.method);
      const headers = isRead ? raised(request.url) : {};
      passChanged((body) => body, headers)(request, response, url());
    });
    return { front, run: async () => {} };
  },
};

const every = (milliseconds, act) => async (isOver) => {
  while (!isOver()) {
    await act();
    await sleep(milliseconds);
  }
};
