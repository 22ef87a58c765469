import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../dev/upstream/images/layer.mjs';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { run } from '../../support/run.mjs';

/** skopeo, which has no storage. It copies images to directories of this test file. */
export function skopeo() {
  const home = scratch('skopeo');
  const env = cleanEnvironment(home);
  const skopeo = (args, more) => run(program('skopeo'), args, { env, ...more });

  /** Copies a whole image. Answers the directory, the program's output, and the copy's digest. */
  async function copy(name, { user = 'anyone', password, options = [], to = 'dir' } = {}) {
    const target = mkdtempSync(join(home, 'copy-'));
    const { output } = await skopeo([
      ...['--insecure-policy', ...options, 'copy', '--src-tls-verify=false'],
      ...(password ? ['--src-creds', `${user}:${password}`] : []),
      ...(options.length ? [] : ['--all']),
      ...[`docker://${name}`, to === 'dir' ? `dir:${target}` : `oci:${target}:copied`],
    ]);
    return { target, output, digest: to === 'dir' ? inDirectory(target) : inLayout(target) };
  }

  const pull = async (name, credential) => [(await copy(name, credential)).digest];
  /** Copies an image from a layout to a registry, byte for byte. */
  async function push({ layout, digest }, name, { user = 'anyone', password } = {}) {
    await skopeo([
      ...['--insecure-policy', 'copy', '--all', '--dest-tls-verify=false'],
      ...(password ? ['--dest-creds', `${user}:${password}`] : []),
      ...[`oci:${layout}`, `docker://${name}`],
    ]);
    return digest;
  }

  return { skopeo, copy, pull, push };
}

const inDirectory = (dir) => sha256(readFileSync(join(dir, 'manifest.json')));

const NAME = 'org.opencontainers.image.ref.name';

/** The digest of the image in an OCI layout that has the name `copied`, or else of the first. */
export function inLayout(dir) {
  const { manifests } = JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8'));
  const named = ({ annotations }) => annotations?.[NAME] === 'copied';
  return (manifests.find(named) ?? manifests[0]).digest;
}
