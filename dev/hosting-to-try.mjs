import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const IMAGE = 'balenablocks/browser/2.3.8';

/**
 * An account to try hosting with, and a client of it that may only pull: those of the last start if
 * they are still there, else new ones. Both are kept in `file`.
 */
export async function accountToTry({ url, adminToken, file }) {
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  if (kept && (await isThere(url, kept))) return kept;
  const { account, key } = await ask(url, adminToken, '/accounts', { name: 'To try' });
  const { id, secret } = await ask(url, key, `/accounts/${account}/clients`, {
    name: 'deployment',
    grants: [{ repository: '*', actions: ['pull'] }],
  });
  const made = { account, key, id, secret };
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

/** The commands to try hosting with. */
export function pushesToTry(host, { account, key, id, secret }) {
  const [image, copy] = ['v1', 'v2'].map((tag) => `${host}/${account}/myapp:${tag}`);
  return `Hosted repositories are on, with an account to try: ${account}. A push and pulls to try:

  push as owner    docker login ${host} --username KEY --password ${key}
                   docker pull ${host}/${IMAGE}
                   docker tag ${host}/${IMAGE} ${image}
                   docker push ${image}
  pull as client   docker login ${host} --username ${id} --password ${secret}
                   docker pull ${image}

  a Helm chart     helm create demo
                   helm package demo
                   helm registry login ${host} --plain-http --username KEY --password ${key}
                   helm push demo-0.1.0.tgz oci://${host}/${account}/charts --plain-http
                   helm show chart oci://${host}/${account}/charts/demo --version 0.1.0 --plain-http

  with podman      podman pull --tls-verify=false --creds ${id}:${secret} ${image}
  with skopeo      skopeo copy --src-tls-verify=false --dest-tls-verify=false --dest-creds KEY:${key} docker://${host}/${IMAGE} docker://${copy}

The operator's secret is in .local/admin-token; ${`http://${host}`}/api/v1/openapi.json describes the
management API.
`;
}

async function isThere(url, { account, key }) {
  const headers = { authorization: `Bearer ${key}` };
  return (await fetch(`${url}/api/v1/accounts/${account}`, { headers })).ok;
}

async function ask(url, secret, path, body) {
  const reply = await fetch(`${url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!reply.ok) throw new Error(`POST ${path}: ${reply.status} ${await reply.text()}`);
  return reply.json();
}
