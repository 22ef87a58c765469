import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { selfSigned } from './certificate.mjs';

// The key that signs registry tokens, and the certificate with which the registries verify them. Both
// are made once, and kept in `dir`.
export function loadSigner(dir) {
  const keyFile = join(dir, 'signing-key.pem');
  const certificateFile = join(dir, 'signing-certificate.pem');
  if (!existsSync(keyFile) || !existsSync(certificateFile)) make(keyFile, certificateFile);
  const privateKey = createPrivateKey(readFileSync(keyFile));
  const header = { alg: 'ES256', typ: 'JWT', kid: keyId(createPublicKey(privateKey)) };
  return {
    certificateFile,
    sign: (claims) => new SignJWT(claims).setProtectedHeader(header).sign(privateKey),
  };
}

// The users' secrets, which are made once and kept: an API key in balena's form, and a JWT as session
// token.
export async function loadCredentials(dir, users) {
  const file = join(dir, 'credentials.json');
  if (!existsSync(file)) writeSecret(file, JSON.stringify(await makeCredentials(users), null, 2));
  return JSON.parse(readFileSync(file, 'utf8'));
}

// The access key to storage, which is made once and kept. The registry signs with it, and storage
// verifies.
export function loadStorageKey(dir) {
  const file = join(dir, 'storage-key.json');
  if (!existsSync(file)) writeSecret(file, JSON.stringify(makeStorageKey(), null, 2));
  return JSON.parse(readFileSync(file, 'utf8'));
}

function make(keyFile, certificateFile) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeSecret(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeSecret(certificateFile, selfSigned(privateKey, publicKey, 'balena API stand-in'));
}

const makeStorageKey = () => ({
  accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString('base64'),
});

async function makeCredentials(users) {
  const secret = randomBytes(32);
  const made = {};
  for (const [role, user] of Object.entries(users)) {
    made[role] = {
      username: user.username,
      apiKey: randomBytes(16).toString('hex'),
      sessionToken: await new SignJWT({ id: user.id, username: user.username })
        .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
        .setIssuedAt()
        .sign(secret),
    };
  }
  return made;
}

// Distribution 2.8 finds a key by its libtrust id: the first 240 bits of the SHA-256 of the public
// key's DER, in base32, in groups of four.
function keyId(publicKey) {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return base32(createHash('sha256').update(der).digest().subarray(0, 30)).match(/.{4}/g).join(':');
}

function base32(bytes) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return bits.replace(
    /.{5}/g,
    (five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)],
  );
}

function writeSecret(file, content) {
  writeFileSync(file, content, { mode: 0o600 });
}
