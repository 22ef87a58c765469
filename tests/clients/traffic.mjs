import { buildah } from './adapters/buildah.mjs';
import { crane } from './adapters/crane.mjs';
import { ctr } from './adapters/ctr.mjs';
import { docker } from './adapters/docker.mjs';
import { oras } from './adapters/oras.mjs';
import { podman } from './adapters/podman.mjs';
import { skopeo } from './adapters/skopeo.mjs';

export const PROGRAMS = [
  'dockerd',
  'docker',
  'podman',
  'buildah',
  'skopeo',
  'containerd',
  'ctr',
  'crane',
  'oras',
];

/**
 * Every client, with all the debug output that it has. `pull(name, credential)` answers everything
 * that the client and its daemon printed. `talks` matches if that has the requests. `agent` matches
 * the client's `User-Agent`. crane has `onlyByStorage`, because it follows no redirect from one
 * private address to another: it must use a Worker at storage's address.
 */
export async function talkative() {
  const engine = await docker();
  const builder = await docker();
  const daemon = await ctr();
  const said = ({ output }) => output;
  const debug = { options: ['--debug'] };
  const one = {
    podman: podman(),
    buildah: buildah(),
    skopeo: skopeo(),
    crane: crane(),
    oras: oras(),
  };
  return {
    docker: {
      talks: /Pulling ref from V2 registry/,
      agent: /^docker\//,
      pull: async (...args) => {
        await engine.pullOnly(...args);
        return engine.output();
      },
    },
    BuildKit: {
      talks: /fetch response received|do request/,
      agent: /^(containerd|buildkit|docker)\//,
      pull: async (...args) => {
        await builder.buildOnly(...args);
        return builder.output();
      },
    },
    containerd: {
      talks: /GET \/v2\//,
      agent: /^containerd\//,
      pull: async (name, more) => {
        const client = await daemon.pullOnly(name, { ...more, more: ['--http-dump'] });
        return said(client) + daemon.output();
      },
    },
    podman: {
      talks: /GET http/,
      agent: /^containers\//,
      pull: async (name, more) => said(await one.podman.pullOnly(name, { ...more, log: 'debug' })),
    },
    buildah: {
      talks: /GET http/,
      agent: /^containers\/|^Buildah\//i,
      pull: async (name, more) => said(await one.buildah.pullOnly(name, { ...more, log: 'debug' })),
    },
    skopeo: {
      talks: /GET http/,
      agent: /^skopeo\//,
      pull: async (name, more) => said(await one.skopeo.copy(name, { ...more, ...debug })),
    },
    crane: {
      talks: /--> GET http/,
      agent: /crane|go-containerregistry/,
      onlyByStorage: true,
      pull: async (name, more) => said(await one.crane.pullOnly(name, { ...more, more: ['-v'] })),
    },
    oras: {
      talks: /Request URL: "http/,
      agent: /^oras\//,
      pull: async (name, more) =>
        said(await one.oras.pullOnly(name, { ...more, more: ['--debug'] })),
    },
  };
}
