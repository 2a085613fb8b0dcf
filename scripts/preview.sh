#!/bin/sh
# `make preview`, in the open: instantiate, realise, boot check.
set -eu
store=${NODEOS_STORE:-.build/release/nodeos-store}
options=$(scripts/store-options.sh)

run() {
    echo "+ nodeos-store $*" >&2
    # shellcheck disable=SC2086
    "$store" $options "$@"
}

run instantiate barebones-preview -o barebones.drv >/dev/null
system=$(run realise barebones.drv --add-root barebones)
run instantiate barebones-preview-check -o barebones-check.drv >/dev/null
check=$(run realise barebones-check.drv --add-root barebones-check)

echo
echo "barebones-preview: $system"
echo "boot check:        $check"
echo
sed "s/^/    /" barebones-check/transcript
echo
echo "Boot it yourself:  make boot      (leave with .exit or Ctrl-D)"
