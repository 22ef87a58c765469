import { setTimeout as sleep } from 'node:timers/promises';
import { sendToAbort } from '../../tests/support/aborting.mjs';
import { bearer, pull, send } from '../../tests/support/http.mjs';

// Before, at and after the time that an answer takes.
const PATIENCE_MS = { least: 0, most: 40 };

/** Asks for a token, and with one for a manifest and a layer, and resets each connection. */
export async function abortOnce(url, name, random) {
  const abort = async (path, headers) => {
    const { reset } = await sendToAbort(url, path, headers);
    await sleep(random.between(PATIENCE_MS.least, PATIENCE_MS.most));
    reset();
  };
  const tokens = `/auth/v1/token?scope=${pull(name)}`;
  await abort(tokens);
  const reply = await send(url, tokens);
  if (reply.status !== 200) return;
  const headers = bearer(reply.json.token);
  await abort(`/v2/${name}/manifests/latest`, headers);
  const manifest = await send(url, `/v2/${name}/manifests/latest`, { headers });
  if (manifest.status !== 200) return;
  await abort(`/v2/${name}/blobs/${manifest.json.layers[0].digest}`, headers);
}
