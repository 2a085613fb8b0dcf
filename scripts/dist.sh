#!/bin/sh
# `make dist`: the sources of HEAD as nodeos-store-VERSION.tar.gz, the same bytes from each clone. Prints its
# name. Usage: scripts/dist.sh [FOLDER]
set -eu
folder=$(realpath "${1:-.}")
cd "$(dirname "$0")/.."
version=$(git show HEAD:Sources/Tools/StoreCommands/NodeosStoreCommand.swift \
    | sed -n 's/^ *version: "\(.*\)",$/\1/p')
[ -n "$version" ] || { echo "no version in NodeosStoreCommand.swift" >&2; exit 1; }
git diff --quiet HEAD || echo "what is not committed is not in it" >&2
name=nodeos-store-$version
# Modes and times are the commit's; gzip keeps neither a name nor a time.
git -c tar.umask=0022 archive --format=tar --prefix="$name/" HEAD | gzip -n9 >"$folder/$name.tar.gz.part"
mv "$folder/$name.tar.gz.part" "$folder/$name.tar.gz"
echo "$folder/$name.tar.gz"
