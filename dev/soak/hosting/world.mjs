import { management } from '../../../tests/support/hosting.mjs';
import { client, owner } from '../../../tests/support/registry.mjs';

const ACCOUNTS = 3;
const ALL = ['pull', 'push', 'delete'];
const PUBLIC = 'open';

/** An image: its tags and manifests as the last of its writers left them. */
const image = (account, name, facts) => ({
  ...{ account, name: `${account}/${name}`, isPublic: false },
  ...{ pointers: new Map(), manifests: new Map(), ...facts },
});

/**
 * Accounts, each with an owner and a client that push to images of their own and together to one that
 * everybody may read, and a client that may pull.
 */
export async function makeWorld(url) {
  const { api, account, client: made } = management(url);
  const accounts = await Promise.all(Array.from({ length: ACCOUNTS }, () => account()));
  return Promise.all(accounts.map((one) => furnished(one, api, made)));
}

async function furnished({ account, key }, api, made) {
  const path = `/accounts/${account}/repositories/${PUBLIC}`;
  await api('PUT', path, { public: true }, key);
  const worker = await made({ account, key }, { team: ALL, [PUBLIC]: ['pull', 'push'] });
  const reader = await made({ account, key }, { '*': ['pull'] });
  const shared = image(account, PUBLIC, { isPublic: true, tags: ['latest'] });
  const [one, two, team] = ['own/one', 'own/two', 'team/app'].map((name) => image(account, name));
  return {
    account,
    key,
    shared,
    images: [one, two, team],
    owner: { who: `the owner of ${account}`, login: owner({ key }), images: [one, two] },
    worker: { who: `a client of ${account}`, login: client(worker), images: [team] },
    reader: { who: `a reader of ${account}`, login: client(reader), images: [] },
  };
}
