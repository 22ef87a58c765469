import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = { least: 20, most: 300 };
const STEP_MS = { least: 300, most: 900 };
const RIPEN_MS = { least: 1500, most: 3000 };

/** Collection and checking of each account, and the time that passes for them. */
export function makeHousekeeping({ clock, judge, store, world }) {
  // A page of a check asks the catalog and then R2: no week may pass in between.
  let checking = 0;

  /** Turns all pages of an operation, and answers the problems that they tell. */
  async function pages(caller, operation, body) {
    const problems = [];
    let cursor;
    do {
      const reply = await caller.manage(operation, { ...body, ...(cursor && { cursor }) });
      const what = () => `${operation} was answered with ${reply.status}: ${caller.account}`;
      judge.check(reply.status === 200, what);
      if (reply.status !== 200) return problems;
      const page = JSON.parse(reply.text);
      problems.push(...page.problems);
      ({ cursor } = page);
    } while (cursor);
    return problems;
  }

  // What R2 could not delete while it failed is told, and done by the next collection.
  const collect = (caller, random) => pages(caller, 'collect', { now: random.chance(0.7) });

  async function check(caller) {
    checking += 1;
    const problems = await pages(caller, 'check', {}).finally(() => {
      checking -= 1;
    });
    const what = () => `the check found: ${problems[0]}, ${problems.length} problems in all`;
    judge.check(problems.length === 0, what);
  }

  async function every({ least, most }, random, isOver, act) {
    while (!isOver()) {
      await sleep(random.between(least, most));
      if (!isOver()) await act();
    }
  }

  const run = (callers, random, isOver) =>
    Promise.all([
      every(STEP_MS, random.fork(), isOver, clock.step),
      every(RIPEN_MS, random.fork(), isOver, async () => {
        if (checking === 0) await clock.ripen();
      }),
      ...callers.flatMap((caller) => [
        every(PAUSE_MS, random.fork(), isOver, () => collect(caller, random)),
        every(PAUSE_MS, random.fork(), isOver, () => check(caller)),
      ]),
    ]);

  /** Collects everything that nothing needs: what is left is what there should be. */
  async function end(callers) {
    for (let times = 0; times < 3; times += 1) {
      await clock.pass();
      for (const caller of callers) {
        const problems = await pages(caller, 'collect', {});
        judge.check(problems.length === 0, () => `collection: ${problems[0]}`);
      }
    }
    for (const caller of callers) await check(caller);
    await compare();
  }

  async function compare() {
    const known = await store.run(
      `select key from objects where live = 1
      union all select key from manifests where key is not null order by key`,
    );
    const keys = (await store.keys()).sort();
    const isSame = JSON.stringify(keys) === JSON.stringify(known.map(({ key }) => key).sort());
    judge.check(isSame, () => `R2 has ${keys.length} objects, and the catalog ${known.length}`);
    for (const { account, images, shared } of world) {
      const rows = await store.run(
        `select digest from objects where live = 1 and account = '${account}' order by digest`,
      );
      const used = new Set(
        [...images, shared].flatMap(({ manifests }) =>
          [...manifests.values()].flatMap(({ layers }) => layers.map(({ digest }) => digest)),
        ),
      );
      const stored = rows.map(({ digest }) => digest);
      const holds = JSON.stringify(stored) === JSON.stringify([...used].sort());
      const what = () => `${account} has ${stored.length} blobs, and ${used.size} are in use`;
      judge.check(holds, what);
    }
  }

  return { run, end };
}
