import { isHosting } from './hosting.mjs';
import { isFound } from './unseen.mjs';

/** The secrets that the Worker cannot do without, and how each one is made. */
export function secrets({ env, settings, ask }) {
  const named = [['TOKEN_SECRET', 'openssl rand -base64 32']];
  if (isHosting(settings)) named.push(['ADMIN_TOKEN', ADMIN_TOKEN]);
  return named.map(([name, make]) => ({
    what: `the secret ${name}`,
    // Until something is deployed or set, there is no Worker, and so no secret.
    isThere: () => isFound(async () => names(await ask(['secret', 'list'])).includes(name)),
    command: `${make} | npx wrangler secret put ${name} --env ${env}`,
  }));
}

// It is shown once, because whoever creates accounts has to know it.
const ADMIN_TOKEN = `echo "bha_$(openssl rand -hex 32)" | tee /dev/tty`;

const names = (json) => JSON.parse(json).map(({ name }) => name);
