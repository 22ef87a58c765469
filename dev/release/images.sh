#!/bin/sh
# Builds the container image for both architectures with buildah, and writes them as one index, into a
# folder or to a registry: dev/release/images.sh dir:build/index
# The images are in the format of docker, because OCI has no health check. Build the Worker first.
# Writes the digest of the index to build/image/digest.
set -eu

cd "$(dirname "$0")/../.."
list="bhcr-release-$$"
trap 'buildah manifest rm "$list" >/dev/null 2>&1 || true' EXIT
time="$(git log -1 --format=%ct)"

for arch in amd64 arm64; do
  node dev/image.mjs --arch "$arch"
  buildah build --quiet --platform "linux/$arch" --timestamp "$time" --format docker \
    --manifest "$list" "build/image/$arch" >/dev/null
done
buildah manifest push --all --digestfile build/image/digest "$list" "$1"
cat build/image/digest
