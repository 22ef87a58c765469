import { join } from 'node:path';
import { writeJson } from './files.mjs';
import { goTools } from './go.mjs';
import { local } from './paths.mjs';
import { findDocker, findProgram, fromDebian } from './programs.mjs';
import { say } from './run.mjs';
import versions from './versions.mjs';

const { debian } = versions;

const ENGINE = { dockerd: 'docker.io', docker: 'docker.io' };
/** Programs that the tests run, and the Debian package that contains each. */
const CLIENTS = {
  ...ENGINE,
  podman: 'podman',
  skopeo: 'skopeo',
  buildah: 'buildah',
  containerd: 'containerd',
  ctr: 'containerd',
  chromium: 'chromium',
};

/** Installs the clients for the end-to-end tests, and writes their paths to `.local/clients.json`. */
export async function clients() {
  await fromDebian(CLIENTS, debian.clients);
  const programs = Object.keys(CLIENTS).map((name) => [name, findProgram(name)]);
  const found = {
    ...Object.fromEntries(programs),
    docker: findDocker(findProgram('dockerd')),
    ...(await goTools()),
  };
  writeJson(join(local, 'clients.json'), found);
  refuseMissing(Object.keys(found).filter((name) => !found[name]));
}

/** Installs the registry that the local upstream runs. A container engine can run it instead. */
export async function registry() {
  await fromDebian({ 'docker-registry': 'docker-registry' }, debian.registry);
  const here = ['docker-registry', 'docker', 'podman'].some(findProgram);
  if (!here) say('install docker-registry, docker or podman: the local upstream needs one of them');
}

/** Installs the load generator, the web server and the container engine of the benchmark. */
export async function bench() {
  await fromDebian({ wrk: 'wrk', nginx: 'nginx' }, debian.bench);
  await fromDebian(ENGINE, debian.clients);
}

function refuseMissing(names) {
  if (!names.length) return;
  const line = `not installed: ${names.join(', ')}; their tests are skipped`;
  if (process.env.CI === 'true') throw new Error(`${line}, which CI=true forbids`);
  say(line);
}
