// wrangler itself reads its file, so that these are the settings that it would deploy. It is loaded
// late, because set-up may have to install it first.
const load = () => import('wrangler');

/** The names of the environments of a wrangler.toml, in its order. */
export async function environmentsOf(config) {
  const { experimental_readRawConfig: read } = await load();
  const { rawConfig } = read({ config }, { hideWarnings: true });
  return Object.keys(rawConfig.env ?? {});
}

/** What a wrangler.toml says of one environment, with all that it inherits. */
export async function settingsOf(config, env) {
  const { unstable_readConfig: read } = await load();
  return read({ config, env }, { hideWarnings: true });
}
