import { Unseen } from './unseen.mjs';

/** Whether wrangler may use an account. It is asked once. */
export function account(ask) {
  let answer;
  const look = async () => {
    try {
      return JSON.parse(await ask(['whoami', '--json'])).loggedIn === true;
    } catch (error) {
      // wrangler says so with an exit status of 1. Anything else is a failure of its own.
      if (error instanceof Unseen && /"loggedIn":\s*false/.test(error.message)) return false;
      throw error;
    }
  };
  return {
    what: 'an account of Cloudflare that wrangler may use',
    isThere: () => {
      answer ??= look();
      return answer;
    },
    command: 'npx wrangler login    # or set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID',
  };
}

/** Asks wrangler only if there is an account: the rest of its answers would be about the login. */
export const seenBy = (login, ask) => async (args) => {
  if (await login.isThere()) return ask(args);
  throw new Unseen('it needs an account');
};
