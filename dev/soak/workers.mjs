import { setTimeout as sleep } from 'node:timers/promises';
import { startWorkerd } from '../../tests/support/workerd.mjs';

const COUNT = 2;
// Longer than a pull may take: the one that was replaced last has until then for its own.
const RENEW_MS = 6000;

/** Workers that share their `twins`, a store and a cache; one after another is replaced by one that remembers nothing. */
export async function startWorkers(vars, twins) {
  const started = [];
  const start = async () => {
    const worker = await startWorkerd(vars, twins);
    started.push(worker);
    return worker;
  };
  const running = await Promise.all(Array.from({ length: COUNT }, start));
  const replaced = [];

  async function renew(isOver) {
    for (let at = 0; !isOver(); at = (at + 1) % COUNT) {
      for (let waited = 0; waited < RENEW_MS && !isOver(); waited += 100) await sleep(100);
      if (isOver()) return;
      const old = running[at];
      running[at] = await start();
      replaced.push(old);
      if (replaced.length > 1) await replaced.shift().stop();
    }
  }

  async function stop() {
    await Promise.all([...replaced, ...running].map((worker) => worker.stop()));
  }

  /** What the Workers said that is no line of their log: panics, and what nobody caught. */
  const complaints = () =>
    started.flatMap((worker) => worker.output().split('\n')).filter(isNoLogLine);

  return { complaints, url: (random) => random.pick(running).url, renew, stop };
}

const isNoLogLine = (line) => line !== '' && !line.startsWith('{');
