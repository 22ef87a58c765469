import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, program, scratch } from '../../support/clients.mjs';
import { run } from '../../support/run.mjs';
import { sha256 } from '../../../dev/upstream/images/layer.mjs';

/** skopeo, which keeps nothing; what it copies goes to directories of this test file's own. */
export function skopeo() {
  const home = scratch('skopeo');
  const env = cleanEnvironment(home);
  const skopeo = (args, more) => run(program('skopeo'), args, { env, ...more });

  /** Copies a whole image, and answers where it is and the digest of what is there. */
  async function copy(name, { password, options = [], to = 'dir' } = {}) {
    const target = mkdtempSync(join(home, 'copy-'));
    const { output } = await skopeo([
      ...['--insecure-policy', ...options, 'copy', '--src-tls-verify=false'],
      ...(password ? ['--src-creds', `anyone:${password}`] : []),
      ...(options.length ? [] : ['--all']),
      ...[`docker://${name}`, to === 'dir' ? `dir:${target}` : `oci:${target}:copied`],
    ]);
    return { target, output, digest: to === 'dir' ? inDirectory(target) : inLayout(target) };
  }

  const pull = async (name, credential) => [(await copy(name, credential)).digest];
  return { skopeo, copy, pull };
}

const inDirectory = (dir) => sha256(readFileSync(join(dir, 'manifest.json')));

/** The digest of the only image of an OCI layout. */
export function inLayout(dir) {
  const { manifests } = JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8'));
  return manifests.map(({ digest }) => digest).join();
}
