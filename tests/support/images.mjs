import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from '../../dev/upstream/images/build.mjs';
import { describeImage } from '../../dev/upstream/images/describe.mjs';

const ARCHITECTURE = { arm64: 'arm64' }[process.arch] ?? 'amd64';

/**
 * An image in every form that clients push from, below `dir`: an OCI layout, an archive of it, and
 * what `docker save` would write. Answers `{ layout, archive, tarball, digest, description }`.
 */
export function imageToPush(dir, { title, layers = [20_000, 3_000], architectures } = {}) {
  const own = mkdtempSync(join(dir, 'image-'));
  const recipe = { title, family: 'oci', layers, architectures: architectures ?? [ARCHITECTURE] };
  const image = buildImage(recipe);
  const layout = join(own, 'layout');
  writeLayout(layout, image);
  const archive = join(own, 'layout.tar');
  execFileSync('tar', ['--create', '--file', archive, '--directory', layout, '.']);
  const tarball = join(own, 'docker.tar');
  writeDockerArchive(join(own, 'docker'), tarball, image, `${title}:source`);
  const description = describeImage(image);
  return { layout, archive, tarball, digest: description.digest, description };
}

function writeLayout(dir, { blobs, manifests }) {
  const folder = join(dir, 'blobs/sha256');
  mkdirSync(folder, { recursive: true });
  for (const { digest, bytes } of [...blobs, ...manifests]) {
    writeFileSync(join(folder, digest.split(':')[1]), bytes);
  }
  const { mediaType, digest, size } = manifests.at(-1);
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  const index = { schemaVersion: 2, manifests: [{ mediaType, digest, size, annotations }] };
  writeFileSync(join(dir, 'index.json'), JSON.stringify(index));
  writeFileSync(join(dir, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

function writeDockerArchive(dir, tarball, { blobs }, name) {
  mkdirSync(dir, { recursive: true });
  const config = blobs.findLast(({ mediaType }) => mediaType?.includes('config'));
  const layers = config.content.rootfs.diff_ids.map((diffId) =>
    blobs.find((blob) => blob.diffId === diffId),
  );
  const write = (file, bytes) => writeFileSync(join(dir, file), bytes);
  write('config.json', config.bytes);
  for (const [at, { bytes }] of layers.entries()) write(`layer-${at}.tar`, bytes);
  const files = layers.map((_, at) => `layer-${at}.tar`);
  const manifest = [{ Config: 'config.json', RepoTags: [name], Layers: files }];
  write('manifest.json', JSON.stringify(manifest));
  execFileSync('tar', ['--create', '--file', tarball, '--directory', dir, '.']);
}
