#!/bin/sh
# Prints the options that choose the store: none when /nodeos can be used, else a --root under the
# user's data directory. NODEOS_ROOT in the environment decides by itself.
set -eu
[ -n "${NODEOS_ROOT:-}" ] && exit 0
if mkdir -p /nodeos/store /nodeos/var/nodeos 2>/dev/null && [ -w /nodeos/store ] \
    && [ -w /nodeos/var/nodeos ]; then
    exit 0
fi
root="${XDG_DATA_HOME:-$HOME/.local/share}/nodeos"
echo "/nodeos cannot be written here: the store is kept under $root" >&2
echo "--root $root"
