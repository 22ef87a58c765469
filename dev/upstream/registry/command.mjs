import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const IMAGE = 'docker.io/library/registry:2.8.2';

// How to run distribution 2.8 here: Debian's binary, or the same registry in a container.
export function registryCommand(dir, configFile) {
  if (onPath('docker-registry')) return ['docker-registry', 'serve', configFile];
  const engine = ['docker', 'podman'].find(onPath);
  if (engine === undefined) {
    throw new Error(
      'The local upstream needs the registry "distribution" 2.8. Install Debian\'s package ' +
        `docker-registry, or docker or podman to run ${IMAGE} in a container.`,
    );
  }
  // Paths are the same inside and outside of the container, so the configuration is the same, too.
  const options = ['--rm', '--network', 'host', '--volume', `${dir}:${dir}`, ...user(engine)];
  return [engine, 'run', ...options, IMAGE, 'serve', configFile];
}

// With rootless podman, the container's root is the caller. With docker it is the real root, whose
// files the caller could not remove.
function user(engine) {
  return engine === 'docker' ? ['--user', `${process.getuid()}:${process.getgid()}`] : [];
}

function onPath(name) {
  return process.env.PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
