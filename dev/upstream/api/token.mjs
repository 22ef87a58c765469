import { makeRegistryToken } from '../registry-token.mjs';
import { parseScope } from './scope.mjs';

// Answers GET /auth/v1/token. Other methods get 404.
export function makeTokenEndpoint({ accounts, access, issued }) {
  return async function token(request, response) {
    if (request.method !== 'GET') return response.sendStatus(404);
    const { authorization } = request.headers;
    const user = accounts.fromAny(authorization);
    if (authorization !== undefined && user === undefined) return response.status(401).end();

    const granted = [];
    for (const scope of scopesOf(request.query)) granted.push(await access.grant(user, scope));
    return response.json({ token: await makeRegistryToken(issued, granted, user?.username) });
  };
}

// All values of a repeated `scope` count. Several scopes in one value are one malformed scope, which
// is dropped without an error.
function scopesOf({ scope = [] }) {
  return Object.values([].concat(scope))
    .map(parseScope)
    .filter((parsed) => parsed !== undefined);
}
