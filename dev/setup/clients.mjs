import { dirname, join } from 'node:path';
import { aptInstall, byHand, canInstall, isDebian } from './debian.mjs';
import { which, writeJson } from './files.mjs';
import { goTools } from './go.mjs';
import { local } from './paths.mjs';
import { say } from './run.mjs';
import versions from './versions.mjs';

/** Programs that the tests run, and the Debian package that brings each. */
const PACKAGE = {
  dockerd: 'docker.io',
  docker: 'docker.io',
  podman: 'podman',
  skopeo: 'skopeo',
  buildah: 'buildah',
  containerd: 'containerd',
  ctr: 'containerd',
};

/** Real clients for the end-to-end tests; where each one is goes to `.local/clients.json`. */
export async function clients() {
  await fromDebian(Object.keys(PACKAGE), versions.debian.clients);
  const engine = which('dockerd', sbin());
  const found = {
    ...Object.fromEntries(Object.keys(PACKAGE).map((name) => [name, which(name, sbin())])),
    dockerd: engine,
    docker: dockerOf(engine),
    ...(await goTools()),
  };
  writeJson(join(local, 'clients.json'), found);
  refuseMissing(Object.keys(found).filter((name) => !found[name]));
}

/** The registry that the local upstream runs; a container engine does as well. */
export async function registry() {
  await fromDebian(['docker-registry'], versions.debian.registry, () => 'docker-registry');
  const here = ['docker-registry', 'docker', 'podman'].some((name) => which(name, sbin()));
  if (!here) say('install docker-registry, docker or podman: the local upstream runs a registry');
}

/** Installs what is missing and nothing else: another vendor's engine must not be replaced. */
async function fromDebian(programs, tested, packageOf = (name) => PACKAGE[name]) {
  const absent = programs.filter((name) => !which(name, sbin()));
  const packages = [...new Set(absent.map(packageOf))];
  if (!packages.length) return;
  if (canInstall()) return aptInstall(packages, tested);
  say(isDebian() ? `install by hand: ${byHand(packages)}` : elsewhere(packages, tested));
}

const elsewhere = (packages, tested) =>
  `install by hand: ${packages.map((name) => `${name} (tested: ${tested[name]})`).join(', ')}`;

/** The client beside the engine: another one on the PATH may be newer and lack its plugins. */
function dockerOf(engine) {
  const [dir] = engine ? [dirname(engine).replace(/sbin$/, 'bin')] : [];
  return (dir && which('docker', dir)) || which('docker');
}

// Debian keeps daemons where a user's PATH may not look.
const sbin = () => `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

function refuseMissing(names) {
  if (!names.length) return;
  const line = `no ${names.join(', ')} here: their tests are skipped`;
  if (process.env.CI === 'true') throw new Error(`${line}, which CI=true does not allow`);
  say(line);
}
