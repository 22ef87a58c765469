import { randomBytes, sign } from 'node:crypto';

// Makes a self-signed X.509 certificate for a P-256 key. Node can read certificates but not make
// them. With this bit of DER, set-up does not need openssl.
export function selfSigned(privateKey, publicKey, commonName) {
  const name = sequence(set(sequence(COMMON_NAME, der(0x0c, Buffer.from(commonName)))));
  const validity = sequence(utcTime('240101000000Z'), utcTime('490101000000Z'));
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const body = sequence(serialNumber(), ECDSA_WITH_SHA256, name, validity, name, spki);
  const signature = bitString(sign('sha256', body, privateKey));
  return pem(sequence(body, ECDSA_WITH_SHA256, signature));
}

const COMMON_NAME = Buffer.from('0603550403', 'hex');
const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');

function serialNumber() {
  const bytes = randomBytes(8);
  bytes[0] = (bytes[0] & 0x3f) | 0x40;
  return der(0x02, bytes);
}

const sequence = (...parts) => der(0x30, Buffer.concat(parts));
const set = (...parts) => der(0x31, Buffer.concat(parts));
const utcTime = (text) => der(0x17, Buffer.from(text));
const bitString = (bytes) => der(0x03, Buffer.concat([Buffer.from([0]), bytes]));

function der(tag, content) {
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

function length(size) {
  if (size < 0x80) return Buffer.from([size]);
  if (size < 0x100) return Buffer.from([0x81, size]);
  return Buffer.from([0x82, size >> 8, size & 0xff]);
}

function pem(bytes) {
  const lines = bytes.toString('base64').match(/.{1,64}/g);
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
