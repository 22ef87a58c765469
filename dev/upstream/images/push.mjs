// Pushes an image to the repository `name` over the registry's own API.
export async function pushImage(registry, token, name, { blobs, manifests }) {
  const base = `${registry}/v2/${name}`;
  const authorization = `Bearer ${token}`;
  for (const { digest, bytes } of blobs) {
    const upload = await request('POST', `${base}/blobs/uploads/`, { authorization });
    const location = `${upload.headers.get('location')}&digest=${digest}`;
    const type = { 'content-type': 'application/octet-stream' };
    await request('PUT', location, { authorization, ...type }, bytes);
  }
  for (const manifest of manifests) {
    const reference = manifest === manifests.at(-1) ? 'latest' : manifest.digest;
    const type = { 'content-type': manifest.mediaType };
    await request(
      'PUT',
      `${base}/manifests/${reference}`,
      { authorization, ...type },
      manifest.bytes,
    );
  }
}

async function request(method, url, headers, body) {
  const response = await fetch(url, { method, headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return response;
}
