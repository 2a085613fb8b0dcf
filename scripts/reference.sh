#!/bin/sh
# `make reference KEY=FILE`: writes down, signed, what this machine has of `barebones` and of all that it was built from. After
# recipes changed and everything was built anew; reference/ belongs into the commit.
set -eu
store=${NODEOS_STORE:-.build/release/nodeos-store}
options=$(scripts/store-options.sh)
key=${KEY:?the secret key that signs it: make reference KEY=FILE}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2086
"$store" $options instantiate barebones -o "$work/barebones.drv" >/dev/null
# shellcheck disable=SC2086
"$store" $options audit manifest --derivations --sign "$key" "$work/barebones.drv" >"$work/barebones.json"
"$store" key public "$key" >"$work/key.pub"
mv "$work/barebones.json" "$work/key.pub" reference/
ls -l reference
