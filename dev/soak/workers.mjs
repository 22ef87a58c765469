import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../../tests/support/http.mjs';
import { startWorkerd } from '../../tests/support/workerd.mjs';

const COUNT = 2;
// Longer than a pull may take: the one that was replaced last has until then for its own.
const RENEW_MS = 6000;

/**
 * Workers that share their `twins`, a store and a cache; one after another is replaced by one that
 * remembers nothing. `streaming` are the settings of one more, whose blobs are streams and which
 * shares nothing.
 */
export async function startWorkers(vars, twins, streaming) {
  const started = [];
  const start = async (settings, given) => {
    const worker = await startWorkerd(settings, { ...given, inside: true });
    started.push(worker);
    return worker;
  };
  const running = await Promise.all(Array.from({ length: COUNT }, () => start(vars, twins)));
  const streams = await start({ ...vars, ...streaming });
  const replaced = [];

  async function renew(isOver) {
    for (let at = 0; !isOver(); at = (at + 1) % COUNT) {
      for (let waited = 0; waited < RENEW_MS && !isOver(); waited += 100) await sleep(100);
      if (isOver()) return;
      const old = running[at];
      running[at] = await start(vars, twins);
      replaced.push(old);
      if (replaced.length > 1) await replaced.shift().stop();
    }
  }

  /** Leaves a Worker without memory, until it has a new instance or is gone. */
  async function trap(random) {
    const { url } = random.pick([...running, streams]);
    const instances = async () => (await send(url, '/inside')).json.instances;
    try {
      const before = await instances();
      await send(url, '/inside/exhaust');
      // One that finds no memory, and one that finds a new instance.
      while ((await instances()) === before) await send(url, '/v2/');
    } catch (error) {
      if (error.code !== 'ECONNREFUSED' && error.code !== 'ECONNRESET') throw error;
    }
  }

  async function stop() {
    await Promise.all([...replaced, ...running, streams].map((worker) => worker.stop()));
  }

  /** What the Workers said that is no line of their log: panics, and what nobody caught. */
  const complaints = () =>
    started.flatMap((worker) => worker.output().split('\n')).filter(isNoLogLine);

  const url = (random) => random.pick(running).url;
  const anyUrl = (random) => random.pick([...running, streams]).url;
  return { complaints, url, anyUrl, renew, trap, stop };
}

const isNoLogLine = (line) => line !== '' && !line.startsWith('{');
