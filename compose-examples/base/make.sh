#!/bin/sh
# Makes the image `course/debian:12`, the base of the examples' Dockerfiles, from Debian packages.
#
#   make.sh [ROOST]     ROOST is the roost program with its global options; default: roost
#
# No image registry is needed. A second run finds the image and ends at once.
set -eu
roost=${*:-roost}
image=course/debian:12

if $roost image inspect "$image" >/dev/null 2>&1; then
  echo "$image is already here"
  exit 0
fi
command -v mmdebstrap >/dev/null || {
  echo "mmdebstrap is missing: apt-get install mmdebstrap" >&2
  exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
echo "making $image from Debian packages (about a minute)"
mmdebstrap --quiet --variant=minbase --include=ca-certificates \
  --aptopt='Apt::Install-Recommends "false"' bookworm "$work/base.tar"
$roost image import --change 'CMD ["bash"]' \
  --change 'LABEL org.opencontainers.image.title="Debian 12 for the course"' \
  "$work/base.tar" "$image"
