const hidden = new Set();

// Everything that gives a right to its holder, wherever it stands in a text.
const PATTERNS = [
  // An Authorization header. A challenge also begins with `Bearer`, but its words are short.
  [/\b(Bearer|Basic) [\w+/=.~-]{16,}/gi, '$1 ***'],
  // A token of the API or the registry, which is a JWT.
  [/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, '***'],
  // A token that bhcr sealed: no digest has capital letters, and no repository name.
  [/(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{100,}/g, '***'],
  // A presigned URL of storage.
  [/\b(X-Amz-Signature=)[0-9a-f]+/g, '$1***'],
];

/** From now on, `redact` replaces this credential as well. */
export function hide(credential) {
  hidden.add(credential);
}

/** The text with every credential and token replaced by `***`. */
export function redact(text) {
  const known = [...hidden].reduce((left, credential) => left.replaceAll(credential, '***'), text);
  return PATTERNS.reduce((left, [pattern, shown]) => left.replace(pattern, shown), known);
}

/** Redacts every text within a value. Objects of classes stay as they are. */
export function redactAll(value) {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactAll);
  if (value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, redactAll(part)]));
}
