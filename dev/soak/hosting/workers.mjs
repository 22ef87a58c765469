import { startWorkerd } from '../../../tests/support/workerd.mjs';

const COUNT = 2;

/** Workers on one store. One that is killed is replaced. */
export async function startWorkers(vars, hosted) {
  const started = [];
  const start = async () => {
    const worker = await startWorkerd(vars, { hosted });
    started.push(worker);
    return worker;
  };
  const running = await Promise.all(Array.from({ length: COUNT }, start));

  async function kill(random) {
    const at = random.between(0, COUNT - 1);
    await end(running[at]);
    running[at] = await start();
  }

  const stop = () => Promise.all(running.map(end));

  /** What the Workers said of panics, and of data that is lost. */
  const complaints = () =>
    started
      .flatMap((worker) => worker.output().split('\n'))
      .filter((line) => line.includes('panicked') || line.includes('not among the objects'));

  return { url: (random) => random.pick(running).url, kill, stop, complaints };
}

async function end(worker) {
  process.kill(worker.pid, 'SIGKILL');
  await worker.stop();
}
