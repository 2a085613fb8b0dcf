#!/bin/sh
# `make dist`: the sources of HEAD as nodeos-store-VERSION.tar.gz, the same bytes from each clone. Prints its
# name. Usage: scripts/dist.sh [FOLDER]
# `make dist SOURCES=1` writes nodeos-store-VERSION-sources beside it, too: a mirror of all that the recipes of this
# release download (docs/manual/sources.md), for the day on which nobody else has it. About 700 MB.
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
[ -n "${SOURCES:-}" ] || exit 0
program=.build/release/nodeos-store
[ -x "$program" ] || { echo "no $program: run 'make' first" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A store of its own: what is fetched is kept in the mirror alone.
# shellcheck disable=SC2046 # lists of names and paths
set -- $("$program" --root "$work" instantiate $("$program" instantiate --list | awk '{ print $1 }'))
"$program" --root "$work" sources --write-mirror "$folder/$name-sources" "$@" >&2
echo "$folder/$name-sources"
