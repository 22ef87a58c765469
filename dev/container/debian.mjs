import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { step } from '../setup/run.mjs';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SOURCES = ['debian bookworm', 'debian bookworm-updates', 'debian-security bookworm-security'];
const NEXT = `apt needs ${KEYRING} (package debian-archive-keyring) and a way to deb.debian.org`;

/**
 * Downloads Debian packages of an architecture into `dir`, and unpacks each into `dir/<name>`. apt
 * checks them against Debian's signature. It works in `dir` alone: the packages and architectures of
 * this machine stay as they are. Debian keeps only the last version of a package, so none is pinned.
 */
export async function debianPackages(names, { arch, dir }) {
  const debs = join(dir, 'debs');
  for (const path of ['lists/partial', 'archives/partial', 'debs', 'parts']) {
    mkdirSync(join(dir, path), { recursive: true });
  }
  const list = SOURCES.map((it) => `deb [signed-by=${KEYRING}] http://deb.debian.org/${it} main`);
  writeFileSync(join(dir, 'sources.list'), `${list.join('\n')}\n`);
  writeFileSync(join(dir, 'status'), '');
  const apt = [...options(arch, dir), '--quiet'];
  await step(`Debian's lists (${arch})`, 'apt-get', [...apt, 'update'], { next: NEXT });
  const download = [...apt, 'download', ...names];
  await step(`Debian packages (${arch})`, 'apt-get', download, { cwd: debs, next: NEXT });
  for (const name of names) {
    const deb = readdirSync(debs).find((file) => file.startsWith(`${name}_`));
    await step(`${name} (${arch})`, 'dpkg-deb', [
      '--raw-extract',
      join(debs, deb),
      join(dir, name),
    ]);
  }
}

function options(arch, dir) {
  const own = {
    'APT::Architecture': arch,
    'APT::Architectures': arch,
    'APT::Sandbox::User': 'root',
    'Dir::State::lists': join(dir, 'lists'),
    'Dir::State::status': join(dir, 'status'),
    'Dir::Cache': dir,
    'Dir::Etc::sourcelist': join(dir, 'sources.list'),
    'Dir::Etc::sourceparts': join(dir, 'parts'),
  };
  return Object.entries(own).flatMap(([name, value]) => ['--option', `${name}=${value}`]);
}
