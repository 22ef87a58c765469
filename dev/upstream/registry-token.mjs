import { randomUUID } from 'node:crypto';

const LIFETIME_SECONDS = 4 * 60 * 60;

// Makes a registry token as the API does. `audience` is always REGISTRY2_HOST, whatever the parameter
// `service` of the request is.
export function makeRegistryToken({ signer, issuer, audience }, access, subject = '') {
  const now = Math.floor(Date.now() / 1000);
  return signer.sign({
    jti: randomUUID(),
    nbf: now - 10,
    access,
    iat: now,
    exp: now + LIFETIME_SECONDS,
    aud: audience,
    iss: issuer,
    sub: subject,
  });
}
