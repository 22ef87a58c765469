import { buildWorker } from './build.mjs';
import { checksOf } from './checks.mjs';
import { report } from './report.mjs';
import { environmentsOf, settingsOf } from './settings.mjs';
import { wranglerOf } from './wrangler.mjs';

/**
 * Checks the environments of the file `config`, in its order, or `only` one of them, and deploys
 * them unless this `isDry`. Nothing is deployed while any of them lacks something. Answers whether
 * nothing was missing. `wrangler` is the program to run, `build` makes the Worker, and `say` prints.
 */
export async function deploy(options) {
  const { config, only, isDry, wrangler, build = buildWorker, say = console.log } = options;
  const names = chosen(await environmentsOf(config), only);
  const places = [];
  for (const env of names) {
    const { run, ask } = wranglerOf({ program: wrangler, config, env });
    const settings = await settingsOf(config, env);
    places.push({ env, run, isReady: await report(env, checksOf({ env, settings, ask }), say) });
  }
  const isReady = places.every((place) => place.isReady);
  if (!isReady || isDry) return isReady;
  await build();
  for (const { run } of places) await run(['deploy']);
  return true;
}

function chosen(all, only) {
  if (only === undefined) return all;
  if (all.includes(only)) return [only];
  throw new Error(`wrangler.toml has no environment ${only}; it has ${all.join(' and ')}`);
}
