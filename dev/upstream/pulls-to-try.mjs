// Commands to try for somebody who has just started bhcr at `host`.
export function pullsToTry(host, { seed, credentials }) {
  const of = (slug, version) =>
    seed.releases.find((entry) => entry.slug === slug && entry.rawVersion === version);
  const browser = `${host}/balenablocks/browser`;
  const draft = of('balenablocks/browser', '2.4.0-1763000000000');
  const { username, apiKey } = credentials.owner;
  return `
bhcr listens on http://${host}, in front of a local upstream. Pulls to try:

  by version       docker pull ${browser}/2.3.8
  by commit        docker pull ${browser}/${of('balenablocks/browser', '2.6.0').commit}
  a draft          docker pull ${browser}/${draft.rawVersion}
  without release  docker pull ${browser}
  any architecture docker pull --platform linux/arm64 ${host}/acme/sensor/1.1.0
  of a service     docker pull ${host}/acme/gateway/1.0.0/browser
  a private app    docker login ${host} --username ${username} --password ${apiKey}
                   docker pull ${host}/acme/secret

  with podman      podman pull --tls-verify=false ${browser}/2.3.8
                   podman pull --tls-verify=false --creds ${username}:${apiKey} ${host}/acme/secret
  with skopeo      skopeo inspect --tls-verify=false docker://${browser}/2.3.8
                   skopeo copy --src-tls-verify=false docker://${browser}/2.3.8 dir:browser
`;
}
