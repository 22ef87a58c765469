import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { which } from './files.mjs';
import { output, step } from './run.mjs';

const script = fileURLToPath(new URL('./apt-install.sh', import.meta.url));

/** Debian, or something made from it. */
export function isDebian() {
  try {
    const like = /^ID(_LIKE)?=.*(debian|ubuntu)/m;
    return like.test(readFileSync('/etc/os-release', 'utf8')) && Boolean(which('apt-get'));
  } catch {
    return false;
  }
}

export const isRoot = () => process.getuid?.() === 0;

export function canInstall() {
  return isDebian() && (isRoot() || output('sudo', ['-n', 'true']) !== undefined);
}

/** What to type where set-up may not install by itself. */
export const byHand = (packages) => `sudo apt-get install ${packages.join(' ')}`;

export function missing(packages) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = ['-W', '-f', '${Package} ${db:Status-Status}\n'];
  // dpkg-query fails when it knows nothing of one package, and still lists the others.
  const listed =
    output('sh', ['-c', 'dpkg-query "$@" || true', 'sh', ...format, ...packages]) ?? '';
  const there = new Set(
    listed
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !there.has(name));
}

/** Installs packages in the versions that were `tested`, or as Debian has them now. */
export async function aptInstall(packages, tested) {
  const [program, ...first] = isRoot() ? [script] : ['sudo', '-n', script];
  const pinned = packages.map((name) => `${name}=${tested[name]}`);
  await step(`apt ${packages.join(' ')}`, program, [...first, ...pinned], {
    next: byHand(packages),
  });
}
