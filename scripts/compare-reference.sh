#!/bin/sh
# Compares what is here with a reference manifest, and says in a sentence what came out.
# Usage: scripts/compare-reference.sh MANIFEST DERIVATION [PUBLIC-KEY]      (NODEOS_STORE, NODEOS_ROOT as in `make barebones`)
# Ends well whatever it says, but when it could not look.
set -eu
store=${NODEOS_STORE:-.build/release/nodeos-store}
reference=$1 key=${3:-}
options=$(scripts/store-options.sh)
# Options, the environment or settings say where the store is.
# shellcheck disable=SC2086
root=$("$store" $options config show --json | sed -n '/"root": {/,/}/ s/.*"value": "\(.*\)".*/\1/p')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The paths of derivations hold the hashes of all that goes into them: another path, other recipes.
derivation=$(readlink -f "$2")
if ! grep -q -F "\"${derivation##*/}\"" "$reference"; then
    echo "reference: $reference is of other recipes; nothing was compared"
    exit 0
fi
status=0
"$store" audit compare ${key:+--trusted-key "$key"} --root "$root" "$reference" >"$work/answer" || status=$?
case $status in
    0) echo "reference: the same bytes as $reference, which another store had made" ;;
    2)
        cat "$work/answer"
        echo "reference: NOT the same bytes as $reference; above stands where the first difference begins"
        ;;
    3)
        if grep -q 'they are of one store' "$work/answer"; then
            echo "reference: $reference was made from this store, which says nothing about another"
        else
            tail -n 1 "$work/answer"
            echo "reference: no difference from $reference, but not all of it is here"
        fi
        ;;
    *) exit "$status" ;;
esac
