const NAME = '[a-z0-9_-]+/[a-z0-9_-]+(?:/[a-z0-9_.-]+(?:/[a-z0-9_-]+)?)?';
const TAG_OR_DIGEST = ':[a-z0-9]+|@sha256:[a-f0-9]+';
const SCOPE = new RegExp(`^repository:(?<name>${NAME})(?:${TAG_OR_DIGEST})?:(?<actions>[a-z,]+)$`);

// Reads a scope as `{name, actions}`; undefined if the API does not accept it as a scope.
export function parseScope(scope) {
  const { name, actions } = SCOPE.exec(scope)?.groups ?? {};
  const asked = actions?.split(',').filter(Boolean);
  if (!asked?.every((action) => action === 'pull' || action === 'push')) return undefined;
  return { name, actions: asked };
}
