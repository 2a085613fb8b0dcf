#!/bin/sh
# `make barebones`, in the open: instantiate, realise, boot check, seed proof. Hours on two cores; a run
# that was interrupted goes on with the first derivation that is not there yet.
set -eu
store=${NODEOS_STORE:-.build/release/nodeos-store}
options=$(scripts/store-options.sh)

run() {
    echo "+ nodeos-store $*" >&2
    # shellcheck disable=SC2086
    "$store" $options "$@"
}

run instantiate barebones -o barebones.drv >/dev/null
system=$(run realise barebones.drv --add-root barebones)
run instantiate barebones-check -o barebones-check.drv >/dev/null
check=$(run realise barebones-check.drv --add-root barebones-check)
run audit seeds barebones.drv
scripts/compare-reference.sh reference/barebones.json barebones.drv reference/key.pub

echo
echo "barebones:  $system"
echo "boot check: $check"
printf 'sizes:      '
cat barebones/nix-support/sizes.json
echo
sed "s/^/    /" barebones-check/transcript
echo
echo "Boot it yourself:  make boot      (leave with .exit or Ctrl-D)"
