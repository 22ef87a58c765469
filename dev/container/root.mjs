import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { filesUnder } from '../setup/files.mjs';
import { root } from '../setup/paths.mjs';
import { config, MODULES } from './config.mjs';
import { debianPackages } from './debian.mjs';
import { workerdPackage } from './workerd.mjs';

const PLATFORMS = {
  amd64: { libraries: 'lib/x86_64-linux-gnu', loader: 'lib64/ld-linux-x86-64.so.2' },
  arm64: { libraries: 'lib/aarch64-linux-gnu', loader: 'lib/ld-linux-aarch64.so.1' },
};
/** The architectures that workerd is made for. */
export const ARCHITECTURES = Object.keys(PLATFORMS);

const LIBRARIES = [
  ...['libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0', 'libresolv.so.2', 'librt.so.1'],
];
const DEBIAN = ['busybox', 'ca-certificates', 'libc6'];
// What the scripts of the container use of busybox.
const APPLETS = ['base64', 'cat', 'head', 'mkdir', 'mv', 'sh', 'sleep', 'wget'];
const DATA = '/data';

/** Makes the container's file system in the folder `to`. `work` is for what is downloaded. */
export async function makeRoot({ arch, to, work }) {
  const runtime = await workerdPackage({ arch, dir: join(work, 'workerd') });
  const debian = join(work, 'debian');
  await debianPackages(DEBIAN, { arch, dir: debian });
  const put = putInto(to);
  for (const dir of ['data', 'tmp', 'bin']) mkdirSync(join(to, dir), { recursive: true });
  put('bin/workerd', join(runtime, 'bin', 'workerd'), 0o755);
  libraries(put, join(debian, 'libc6'), PLATFORMS[arch]);
  shell(put, to, join(debian, 'busybox'));
  certificates(to, join(debian, 'ca-certificates', 'usr/share/ca-certificates'));
  worker(put, to);
  origins(put, debian);
}

function putInto(to) {
  return (name, from, mode = 0o644) => {
    const file = join(to, name);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(from, file);
    chmodSync(file, mode);
  };
}

function libraries(put, from, { libraries, loader }) {
  for (const name of LIBRARIES) put(join(libraries, name), join(from, libraries, name));
  put(loader, join(from, loader.replace(/^lib(64)?\//, `${libraries}/`)), 0o755);
}

function shell(put, to, from) {
  put('bin/busybox', join(from, 'bin/busybox'), 0o755);
  for (const name of APPLETS) symlinkSync('busybox', join(to, 'bin', name));
  for (const name of ['start', 'health']) {
    put(`bin/${name}`, join(root, 'container', `${name}.sh`), 0o755);
  }
}

function certificates(to, from) {
  const all = filesUnder(from).map((file) => readFileSync(file, 'utf8').trimEnd());
  mkdirSync(join(to, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(join(to, 'etc/ssl/certs/ca-certificates.crt'), `${all.join('\n')}\n`);
}

function worker(put, to) {
  for (const [name, file] of Object.entries(MODULES)) put(`bhcr/${name}`, join(root, file));
  for (const hosting of [false, true]) {
    const file = join(to, 'bhcr', `${hosting ? 'hosting' : 'releases'}.capnp`);
    writeFileSync(file, config({ data: DATA, hosting }));
  }
}

// What is in the image and under which licence, where scanners look for it.
function origins(put, debian) {
  put('bhcr/LICENSE', join(root, 'LICENSE'));
  for (const name of readdirSync(debian).filter((it) => DEBIAN.includes(it))) {
    put(`var/lib/dpkg/status.d/${name}`, join(debian, name, 'DEBIAN/control'));
    const copyright = join('usr/share/doc', name, 'copyright');
    put(copyright, join(debian, name, copyright));
  }
  put('bhcr/NOTICE', join(root, 'container/NOTICE'));
}
