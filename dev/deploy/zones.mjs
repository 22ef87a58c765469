import { Unseen } from './unseen.mjs';

const API = 'https://api.cloudflare.com/client/v4';

/**
 * The zones of the custom domains. A custom domain is made by the deployment itself, if the account
 * has an active zone for it.
 */
export function zones({ settings, ask }) {
  return (settings.routes ?? []).map(({ pattern: host }) => ({
    what: `the custom domain ${host}, for which the account needs an active zone`,
    isThere: async () => {
      const headers = credential(await ask(['auth', 'token', '--json']));
      for (const name of suffixes(host)) if (await isActive(name, headers)) return true;
      return false;
    },
    command: create(suffixes(host).at(-1)),
  }));
}

/** The names whose zone may have a host: `a.b.c` and `b.c`. */
function suffixes(host) {
  const labels = host.split('.');
  return labels.slice(0, -1).map((_, at) => labels.slice(at).join('.'));
}

const create = (
  zone,
) => `curl ${API}/zones --header "Authorization: Bearer $CLOUDFLARE_API_TOKEN" \\
  --json '{"name":"${zone}","type":"full","account":{"id":"'$CLOUDFLARE_ACCOUNT_ID'"}}'
# and have its registrar name the name servers of the answer; or change routes in wrangler.toml`;

function credential(json) {
  const { type, token, key, email } = JSON.parse(json);
  if (type === 'api_key') return { 'x-auth-key': key, 'x-auth-email': email };
  return { authorization: `Bearer ${token}` };
}

async function isActive(name, headers) {
  // wrangler takes another address of the API from the same variable.
  const api = process.env.CLOUDFLARE_API_BASE_URL || API;
  const answer = await fetch(`${api}/zones?name=${name}&status=active`, { headers }).catch(() => {
    throw new Unseen('the API of Cloudflare cannot be reached');
  });
  if (!answer.ok) throw new Unseen(`the API of Cloudflare answers ${answer.status}`);
  return (await answer.json()).result.length > 0;
}
