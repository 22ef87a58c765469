import { account, seenBy } from './account.mjs';
import { bindings } from './bindings.mjs';
import { isHosting } from './hosting.mjs';
import { migrations } from './migrations.mjs';
import { secrets } from './secrets.mjs';
import { zones } from './zones.mjs';

/**
 * What an environment needs before it is deployed, as `{ what, isThere, command }`. `isThere`
 * answers whether it is there, or throws `Unseen`; `command` creates it. `ask` asks wrangler.
 */
export function checksOf({ env, settings, ask }) {
  const login = account(ask);
  const place = { env, settings, ask: seenBy(login, ask) };
  return [
    login,
    ...bindings(place),
    ...(isHosting(settings) ? [migrations(place)] : []),
    ...secrets(place),
    ...zones(place),
  ];
}
