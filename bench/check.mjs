import { sha256 } from '../dev/upstream/images/layer.mjs';
import { send } from '../tests/support/http.mjs';

/** Throws if a side does not answer what it is measured for: otherwise its figures mean nothing. */
export async function check({ title, url, paths: [path], headers, digest }) {
  const refuse = (what) => {
    throw new Error(`${title}: ${what}\n  next: see what is at ${url}${path}, and what it needs`);
  };
  const reply = await send(url, path, { headers }).catch(({ message }) => refuse(message));
  if (reply.status !== 200) refuse(`answers ${reply.status}: ${reply.text.slice(0, 500)}`);
  const told = reply.headers['docker-content-digest'];
  const actual = sha256(reply.body);
  if (told !== undefined && told !== actual) refuse(`gives ${actual} and calls it ${told}`);
  if (digest === undefined) return;
  if (actual !== digest) refuse(`gives ${actual}, not ${digest}`);
  if (told === undefined) refuse('does not tell the digest');
  if (!reply.headers['content-type']) refuse('does not tell the type');
}
