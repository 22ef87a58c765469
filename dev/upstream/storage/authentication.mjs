import { refusal } from './reply.mjs';
import { ALGORITHM, scopeOf, signatureOf } from './sigv4.mjs';

const PARAMETERS = ['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'];
const HEADER = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([^,]+)$/;
const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const WEEK_SECONDS = 604_800;

export const isPresigned = ({ query }) => query.has('X-Amz-Algorithm');

// Checks that a request has exactly one signature, by the owner of the key. Answers S3's refusal, or
// undefined if the signature is good.
export function refusalOf(request, key) {
  const { authorization } = request.headers;
  if (!isPresigned(request)) {
    if (authorization === undefined) return refusal(403, 'AccessDenied', 'Access Denied');
    return refusalOfHeader(request, key);
  }
  if (authorization === undefined) return refusalOfQuery(request, key);
  const message =
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query ' +
    'string parameter or the Authorization header should be specified';
  return refusal(400, 'InvalidArgument', message);
}

function refusalOfHeader({ method, path, query, headers }, key) {
  const match = HEADER.exec(headers.authorization);
  if (match === null) return refusal(400, 'InvalidArgument', 'Unsupported Authorization Type');
  const [, credential, names, signature] = match;
  const time = headers['x-amz-date'] ?? '';
  const payload = headers['x-amz-content-sha256'] ?? '';
  const signed = { method, path, query: [...query], headers: pick(headers, names), payload };
  return refusalOfSignature(signed, { credential, signature, time }, key);
}

function refusalOfQuery({ method, path, query, headers }, key) {
  const values = PARAMETERS.map((name) => query.get(`X-Amz-${name}`));
  const [algorithm, credential, time, seconds, names, signature] = values;
  const expiry = dateOf(time) + seconds * 1000;
  if (values.includes(null) || algorithm !== ALGORITHM || !(seconds <= WEEK_SECONDS && expiry)) {
    const message = `Query-string authentication version 4 requires the parameters X-Amz-${PARAMETERS.join(', X-Amz-')}`;
    return refusal(400, 'AuthorizationQueryParametersError', message);
  }
  if (expiry < Date.now()) return refusal(403, 'AccessDenied', 'Request has expired');
  const rest = [...query].filter(([name]) => name !== 'X-Amz-Signature');
  const payload = 'UNSIGNED-PAYLOAD';
  const signed = { method, path, query: rest, headers: pick(headers, names), payload };
  return refusalOfSignature(signed, { credential, signature, time }, key);
}

function refusalOfSignature(signed, { credential, signature, time }, key) {
  const { accessKeyId, secretAccessKey } = key;
  if (credential.split('/')[0] !== accessKeyId) {
    const message = 'The AWS Access Key Id you provided does not exist in our records.';
    return refusal(403, 'InvalidAccessKeyId', message);
  }
  const isInScope = credential === `${accessKeyId}/${scopeOf(time)}`;
  if (isInScope && signature === signatureOf(secretAccessKey, signed, time)) return undefined;
  const message =
    'The request signature we calculated does not match the signature you provided. Check your ' +
    'key and signing method.';
  return refusal(403, 'SignatureDoesNotMatch', message);
}

const pick = (headers, names) =>
  Object.fromEntries(names.split(';').map((name) => [name, headers[name] ?? '']));

const dateOf = (time) => Date.parse(time?.replace(TIME, '$1-$2-$3T$4:$5:$6Z'));
