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

  // The password of Basic must be an API key, not a session token. The user name is ignored.
  function fromBasic(header) {
    const encoded = /^basic (\S+)$/i.exec(header ?? '')?.[1] ?? '';
    const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, 'base64')) ?? [];
    return keys.get(password);
  }

  return { fromBearer, fromAny: (header) => fromBearer(header) ?? fromBasic(header) };
}
