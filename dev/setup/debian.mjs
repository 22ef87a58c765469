import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { which } from './files.mjs';
import { output, step } from './run.mjs';

const script = fileURLToPath(new URL('./apt-install.sh', import.meta.url));

/** Whether this is Debian, or a system derived from it. */
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

/** The command that a person types if set-up may not install packages. */
export const byHand = (packages) => `sudo apt-get install ${packages.join(' ')}`;

export function missing(packages) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = ['-W', '-f', '${Package} ${db:Status-Status}\n'];
  // dpkg-query fails if it does not know one of the packages, but still lists the others.
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

let last = Promise.resolve();

/**
 * Installs packages in the `tested` versions, or else in the versions that Debian has now. A call
 * waits for the one before it, because apt does one installation at a time.
 */
export function aptInstall(packages, tested) {
  const done = last.then(() => install(packages, tested));
  last = done.catch(() => {});
  return done;
}

async function install(packages, tested) {
  const [program, ...first] = isRoot() ? [script] : ['sudo', '-n', script];
  const pinned = packages.map((name) => `${name}=${tested[name]}`);
  await step(`apt ${packages.join(' ')}`, program, [...first, ...pinned], {
    next: byHand(packages),
  });
}
