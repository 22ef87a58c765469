import { dirname, join } from 'node:path';
import { aptInstall, byHand, canInstall, isDebian } from './debian.mjs';
import { atLeast, isExecutable, which } from './files.mjs';
import { output, step } from './run.mjs';
import versions from './versions.mjs';

const { toolchain: pinned, minimum, target } = versions.rust;
const packages = ['rustc-web', 'cargo-web'];
// rustup must answer from what is installed, and not install anything by itself.
const offline = { RUSTUP_AUTO_INSTALL: '0' };

/**
 * Finds a cargo that is new enough. In this order: rustup's pinned toolchain, which is installed if
 * it is missing; rustup's default toolchain; a cargo on the PATH; Debian's package.
 */
export async function chooseCargo() {
  const ofRustup = which('rustup') && ((await pinnedToolchain()) ?? defaultToolchain());
  const chosen = ofRustup || inDirectories() || (await debianCargo());
  if (chosen) return chosen;
  const next = isDebian() ? byHand(packages) : 'install rustup from https://rustup.rs';
  throw new Error(`Rust ${minimum} or newer was not found\n  next: ${next}`);
}

async function pinnedToolchain() {
  const list = output('rustup', ['toolchain', 'list'], { env: offline }) ?? '';
  if (!list.split('\n').some((line) => line.startsWith(`${pinned}-`))) {
    const args = ['toolchain', 'install', pinned, '--profile', 'minimal', '--no-self-update'];
    const parts = ['--component', 'clippy', '--component', 'rustfmt', '--target', target];
    try {
      await step(`Rust ${pinned} (rustup)`, 'rustup', [...args, ...parts], {
        idle: 60,
        limit: 600,
        otherwise: 'not available here; looking for another one',
      });
    } catch {
      return undefined;
    }
  }
  return rustupToolchain(pinned, `${pinned}, the pinned toolchain of rustup`);
}

function defaultToolchain() {
  const name = output('rustup', ['default'], { env: offline })?.split(' ')[0];
  const found = name && rustupToolchain(name, `rustup's ${name}`);
  // Without a toolchain's name, nobody asks rustup's servers for the wasm target. They just failed.
  return found && { ...found, toolchain: undefined };
}

function rustupToolchain(name, about) {
  const cargo = output('rustup', ['which', '--toolchain', name, 'cargo'], { env: offline });
  return cargo && usable(dirname(cargo), about, { RUSTUP_TOOLCHAIN: name });
}

function inDirectories() {
  const cargo = which('cargo');
  return (
    (cargo && usable(dirname(cargo), `cargo of ${dirname(cargo)}`)) ||
    usable('/usr/bin', "Debian's")
  );
}

async function debianCargo() {
  if (!canInstall()) return undefined;
  await aptInstall(packages, versions.debian.rust);
  return usable('/usr/bin', "Debian's");
}

function usable(dir, about, env = {}) {
  const [cargo, rustc] = ['cargo', 'rustc'].map((name) => join(dir, name));
  if (!isExecutable(cargo) || !isExecutable(rustc)) return undefined;
  const options = { env: { ...offline, ...env } };
  const version = output(rustc, ['--version'], options)?.split(' ')[1];
  const sysroot = output(rustc, ['--print', 'sysroot'], options);
  if (!version || !sysroot || !atLeast(version, minimum)) return undefined;
  const toolchain = env.RUSTUP_TOOLCHAIN;
  return {
    about: `${about} (${version})`,
    path: [dir],
    env,
    needs: [cargo, rustc],
    sysroot,
    toolchain,
  };
}
