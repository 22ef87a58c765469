import { memberPermissions } from './model.mjs';

export function makeAccounts(accounts) {
  const keys = new Map();
  const sessions = new Map();
  for (const { id, username, organizations, apiKey, sessionToken } of accounts) {
    const user = { id, actor: id, username, permissions: memberPermissions(organizations) };
    keys.set(apiKey, user);
    sessions.set(sessionToken, user);
  }

  function fromBearer(header) {
    const token = /^bearer (\S+)$/i.exec(header ?? '')?.[1];
    return keys.get(token) ?? sessions.get(token);
  }

  // A session token is no Basic password, and the user name does not count.
  function fromBasic(header) {
    const encoded = /^basic (\S+)$/i.exec(header ?? '')?.[1] ?? '';
    const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, 'base64')) ?? [];
    return keys.get(password);
  }

  return { fromBearer, fromAny: (header) => fromBearer(header) ?? fromBasic(header) };
}
