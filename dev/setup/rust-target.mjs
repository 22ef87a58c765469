import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, byHand, canInstall, missing } from './debian.mjs';
import { isExecutable } from './files.mjs';
import { output, step } from './run.mjs';
import versions from './versions.mjs';

const { target } = versions.rust;
const debianRust = Object.keys(versions.debian.rust).filter((name) => !name.startsWith('lld'));
const debianSource = '/usr/lib/rustlib/src/rust/library/Cargo.lock';

/**
 * Finds a toolchain for the wasm target. In this order: the given one, if it has the target; the same
 * after rustup has added the target; Debian's compiler, which builds the standard library itself.
 */
export async function chooseTarget(native) {
  const libraries = join(native.sysroot, 'lib', 'rustlib', target, 'lib');
  const present = (about) => ({ ...native, about, needs: [...native.needs, libraries] });
  if (hasStandardLibrary(libraries)) return present('already installed');
  if (native.toolchain && (await addWithRustup(native)) && hasStandardLibrary(libraries))
    return present('added with rustup');
  return debianTarget(native);
}

function hasStandardLibrary(dir) {
  return existsSync(dir) && readdirSync(dir).some((name) => name.startsWith('libstd-'));
}

async function addWithRustup({ toolchain }) {
  const args = ['target', 'add', '--toolchain', toolchain, target];
  try {
    await step(`${target} (rustup)`, 'rustup', args, {
      idle: 45,
      limit: 300,
      otherwise: "not available here; using Debian's compiler",
    });
    return true;
  } catch {
    return false;
  }
}

async function debianTarget(native) {
  const linker = findLinker(native);
  const packages = [...debianRust, ...(linker ? [] : ['lld-19'])];
  const wanted = missing(packages);
  if (wanted.length && canInstall()) await aptInstall(wanted, versions.debian.rust);
  if (!existsSync(debianSource)) throw new Error(unavailable(packages));
  return {
    about: `Debian's compiler builds it (${output('/usr/bin/rustc', ['--version'])})`,
    path: ['/usr/bin'],
    env: {
      RUSTC: '/usr/bin/rustc',
      RUSTC_BOOTSTRAP: '1',
      CARGO_UNSTABLE_BUILD_STD: 'std,panic_abort',
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: linker ?? findLinker(native),
    },
    needs: ['/usr/bin/cargo', '/usr/bin/rustc', debianSource],
  };
}

const unavailable = (packages) =>
  [
    `no way to compile for ${target}`,
    `  next: rustup target add ${target}`,
    `    or: ${byHand(packages)}`,
  ].join('\n');

/** Finds a linker that is as new as the compiler: the toolchain's own, or LLVM 19 or newer. */
function findLinker({ sysroot }) {
  const host =
    output('/usr/bin/rustc', ['--print', 'host-tuple']) ?? `${machine()}-unknown-linux-gnu`;
  const own = join(sysroot, 'lib', 'rustlib', host, 'bin', 'rust-lld');
  const llvm = ['22', '21', '20', '19'].map((version) => `/usr/bin/wasm-ld-${version}`);
  return [own, ...llvm].find(isExecutable);
}

const machine = () => ({ x64: 'x86_64', arm64: 'aarch64' })[process.arch];
