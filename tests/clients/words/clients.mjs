// Every client whose words are in docs/messages.md.

import versions from '../../../dev/setup/versions.mjs';
import { buildah } from '../adapters/buildah.mjs';
import { buildkit } from '../adapters/buildkit.mjs';
import { crane } from '../adapters/crane.mjs';
import { crictl } from '../adapters/crictl.mjs';
import { CONTAINERD_2, ctr } from '../adapters/ctr.mjs';
import { DOCKER_29, docker } from '../adapters/docker.mjs';
import { helm } from '../adapters/helm.mjs';
import { nerdctl } from '../adapters/nerdctl.mjs';
import { oras } from '../adapters/oras.mjs';
import { podman } from '../adapters/podman.mjs';
import { regctl } from '../adapters/regctl.mjs';
import { skopeo } from '../adapters/skopeo.mjs';

export const PROGRAMS = [
  ...['docker', 'dockerd', 'docker-29', 'dockerd-29', 'buildkitd', 'buildctl', 'nerdctl', 'crictl'],
  ...['containerd', 'ctr', 'containerd-2', 'ctr-2', 'podman', 'buildah'],
  ...['skopeo', 'crane', 'regctl', 'oras', 'helm'],
];

const { debian, go } = versions;
/** As much of a version as people say: `1.6` of `1.6.20~ds1`. */
const short = (version) => version.replace(/^v/, '').split('.').slice(0, 2).join('.');
const ofDebian = (name) => short(debian.clients[name]);
const ofGo = (name) => short(go.tools[name].version);
const CONTAINERD = `containerd ${ofGo('containerd-2')}`;

/** The engine's own BuildKit. Debian's client speaks to it; docker 29's own would need a plugin. */
async function builder() {
  const { buildOnly } = await docker({ ...DOCKER_29, client: 'docker' });
  return { pull: buildOnly };
}

/** Every client by the name that the documents have for it, and how it is started. */
export const CLIENTS = {
  [`docker ${ofGo('docker-cli')}`]: () => docker(DOCKER_29),
  [`docker ${ofDebian('docker.io')}`]: () => docker(),
  [`docker build, docker ${ofGo('docker-cli').split('.')[0]}`]: builder,
  [`BuildKit ${ofGo('buildkit')}`]: buildkit,
  [`crictl, ${CONTAINERD}`]: crictl,
  [`nerdctl ${ofGo('nerdctl')}`]: nerdctl,
  [`ctr, ${CONTAINERD}`]: () => ctr(CONTAINERD_2),
  [`ctr, containerd ${ofDebian('containerd')}`]: () => ctr(),
  [`podman ${ofDebian('podman')}`]: podman,
  [`buildah ${ofDebian('buildah')}`]: buildah,
  [`skopeo ${ofDebian('skopeo')}`]: skopeo,
  [`crane ${ofGo('crane')}`]: crane,
  [`regctl ${ofGo('regctl')}`]: regctl,
  [`oras ${ofGo('oras')}`]: oras,
  [`helm ${ofGo('helm')}`]: helm,
};
