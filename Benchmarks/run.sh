#!/usr/bin/env bash
# Times this program beside the real Nix on the same inputs and prints a table. See README.md.
# Usage: Benchmarks/run.sh [NAME…]     (SCALE=1: 10 000 derivations, a tree of 256 MiB)
set -uo pipefail
cd "$(dirname "$0")/.."
scale=${SCALE:-1}
count=$((10000 * scale))
swift build -c release --product nodeos-store || exit 1
store=$PWD/.build/release/nodeos-store
NODEOS_BENCHMARKS=1 swift build -c release --product nodeos-benchmark || exit 1
benchmark=$PWD/.build/release/nodeos-benchmark

work=$(mktemp -d "${TMPDIR:-/tmp}/nodeos-benchmark-XXXXXX")
clean() {
    chmod -R u+w "$work" 2>/dev/null
    rm -rf "$work"
}
trap clean EXIT
# A Nix that touches nothing outside $work.
export HOME=$work/home NIX_REMOTE="local?root=$work/nix" NIX_CONF_DIR=$work/none
export NIX_CONFIG=$'build-users-group =\nsubstitute = false\nsandbox = false'
unset NODEOS_ROOT NODEOS_STORE_DIR NODEOS_STATE_DIR

rows=()
# row NAME BUDGET COMMAND…: the best of three runs: processor seconds, wall seconds, memory.
row() {
    local name=$1 budget=$2 best="" line status
    shift 2
    command -v "$1" >/dev/null || {
        rows+=("$name|$budget|-|-|-|$1 is missing")
        return
    }
    for _ in $(seq "${RUNS:-3}"); do
        /usr/bin/env bash -c 'TIMEFORMAT="%U %S %R"; time "$@" >"$0/out" 2>"$0/err"' \
            "$work" "$@" 2>"$work/time"
        status=$?
        line=$(tail -n 1 "$work/time" | awk '{ printf "%.3f %.3f", $1 + $2, $3 }')
        best=$(printf '%s\n%s\n' "$best" "$line" | grep . | sort -n | head -n 1)
    done
    local note="" memory=-
    # What can run once only has no second run for its memory.
    [ "${RUNS:-3}" -eq 1 ] || memory=$(memory "$@")
    [ "$status" -eq 0 ] || note="exit $status: $(tail -n 1 "$work/err" | cut -c1-60)"
    rows+=("$name|$budget|${best% *}|${best#* }|$memory|$note")
    echo "  $name: $best $note" >&2
}
memory() {
    python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, "MiB")' "$@" 2>/dev/null \
        || echo "-"
}
wanted() {
    [ ${#names[@]} -eq 0 ] && return 0
    local name
    for name in "${names[@]}"; do [ "$name" = "$1" ] && return 0; done
    return 1
}
names=("$@")

if wanted hash; then
    mkdir -p "$work/tree/small"
    head -c $((200000000 * scale)) /dev/urandom >"$work/tree/big"
    for i in $(seq $((5000 * scale))); do echo "file $i" >"$work/tree/small/$i"; done
    sha256sum "$work/tree/big" >/dev/null
    row "sha256sum of 200 MB" "" sha256sum "$work/tree/big"
    row "NAR hash, 200 MB and 5000 files" "1 x SHA-256" "$store" hash "$work/tree"
    row "  nix-hash" "" nix-hash --type sha256 "$work/tree"
    row "dump" "" "$store" dump "$work/tree"
    row "  nix-store --dump" "" nix-store --dump "$work/tree"
fi
if wanted add; then
    [ -d "$work/tree" ] || { mkdir -p "$work/tree"; head -c 200000000 /dev/urandom >"$work/tree/big"; }
    # Each run adds another tree: the store has the one before.
    cat >"$work/add" <<'ADD'
#!/bin/sh
date +%N >"$1/tree/stamp"; shift
exec "$@"
ADD
    chmod +x "$work/add"
    row "add, the same tree" "1 x SHA-256" "$work/add" "$work" \
        "$store" --root "$work/ours" add "$work/tree"
    row "  nix-store --add" "" "$work/add" "$work" nix-store --add "$work/tree"
fi
if wanted derivations; then
    mkdir -p "$work/drvs"
    "$benchmark" derivations "$work/drvs" "$count" /nix/store
    "$benchmark" model "$work/drvs" | sed 's/^/  /'
    row "derivation check, $count" "0.85 ms each" "$store" derivation check "$work/drvs"
fi
if wanted graph && command -v nix-instantiate >/dev/null; then
    cat >"$work/graph.nix" <<'NIX'
{ count }:
let
  make = i: previous: derivation {
    name = "node-${toString i}";
    system = "x86_64-linux";
    builder = "/bin/sh";
    inherit previous;
  };
  # Each uses the one before and the one 32 before.
  list = builtins.foldl'
    (l: i: l ++ [ (make i (builtins.filter (x: x != null)
      (map (k: if i >= k then builtins.elemAt l (i - k) else null) [ 1 32 ]))) ]) [ ]
    (builtins.genList (i: i) 2000);
  wide = i: builtins.elemAt list (i - (i / 2000) * 2000);
  layer = builtins.genList (i: make (2000 + i) [ (wide i) ]) (count - 2001);
in make 0 layer
NIX
    drv=$(nix-instantiate "$work/graph.nix" --arg count "$count" 2>/dev/null | tail -n 1)
    echo "  graph: $drv" >&2
    row "nix-store --query --requisites, $count" "" nix-store --query --requisites "$drv"
    row "nix-store --query --graph, $count" "" nix-store --query --graph "$drv"
    mkdir -p "$work/graph"
    cp "$work"/nix/nix/store/*.drv "$work/graph/"
    if "$store" --store-dir /nix/store --root "$work/g" derivation add --help >/dev/null 2>&1; then
        ours=("$store" --store-dir /nix/store --root "$work/g")
        (cd "$work/graph" && find . -name '*.drv' -print0 | xargs -0 -s 2000000 "${ours[@]}" derivation add) >/dev/null 2>"$work/err" || cat "$work/err" >&2
        row "query requisites, $count" "50 ms" "${ours[@]}" query requisites "$drv"
        row "graph --format dot, $count" "200 ms" "${ours[@]}" graph --format dot "$drv"
        row "graph --reduce, $count" "" "${ours[@]}" graph --reduce "$drv"
        row "graph --format tree, $count" "" "${ours[@]}" graph --format tree "$drv"
        row "realise --dry-run, $count" "" "${ours[@]}" realise --dry-run "$drv"
    fi
fi

if wanted build && command -v nix-instantiate >/dev/null && [ -x /bin/busybox ]; then
    mkdir -p "$work/busybox/bin"
    cp /bin/busybox "$work/busybox/bin/"
    busybox=$(nix-store --add "$work/busybox")
    cat >"$work/build.nix" <<'NIX'
{ busybox }:
builtins.foldl'
  (previous: i: derivation {
    name = "step-${toString i}";
    system = "x86_64-linux";
    builder = "${builtins.storePath busybox}/bin/busybox";
    args = [ "sh" "-c" "echo $name > $out" ];
    inherit previous;
  }) "" (builtins.genList (i: i) 50)
NIX
    drv=$(nix-instantiate "$work/build.nix" --argstr busybox "$busybox" 2>/dev/null)
    ours=("$store" --store-dir /nix/store --root "$work/b")
    "${ours[@]}" add "$work/busybox" >/dev/null
    (cd "$work/nix/nix/store" && "${ours[@]}" derivation add ./*-step-*.drv >/dev/null)
    RUNS=1 row "realise 50 builds, one after the other" "< nix" "${ours[@]}" realise "$drv"
    RUNS=1 row "  nix-store --realise" "" nix-store --realise "$drv"
    row "realise, nothing to do" "50 ms" "${ours[@]}" realise "$drv"
    row "  nix-store --realise" "" nix-store --realise "$drv"
fi

if wanted store && command -v nix-store >/dev/null && command -v python3 >/dev/null; then
    items=$((100000 * scale))
    python3 Benchmarks/export-stream.py "$items" /nix/store "$work/paths" >"$work/stream"
    last=$(tail -n 1 "$work/paths")
    middle=$(sed -n "$((items / 8))p" "$work/paths")
    ours=("$store" --store-dir /nix/store --root "$work/s")
    both() {
        local name=$1 budget=$2
        row "$name" "$budget" "${ours[@]}" $3
        row "  nix-store $4" "" nix-store $4
    }
    export RUNS=1
    row "import $items paths" "< nix" sh -c 'exec "$@" <"$0"' "$work/stream" "${ours[@]}" import
    row "  nix-store --import" "" sh -c 'exec nix-store --import <"$0"' "$work/stream"
    RUNS=3
    both "requisites, about $((items / 10))" "50 ms" "query requisites $middle" "--query --requisites $middle"
    both "requisites, nearly all" "" "query requisites $last" "--query --requisites $last"
    both "gc --dry-run" "1 s" "gc --dry-run" "--gc --print-dead"
    both "verify" "< nix" "verify" "--verify"
    RUNS=1
    both "verify --check-contents" "< nix" "verify --check-contents" "--verify --check-contents"
    both "optimise" "< nix" "optimise" "--optimise"
    both "delete all" "< nix" "gc" "--gc"
    unset RUNS
fi

printf '\n%-38s %-14s %9s %9s %9s  %s\n' what budget "CPU s" "wall s" memory note
for entry in "${rows[@]}"; do
    IFS='|' read -r name budget cpu wall memory note <<<"$entry"
    printf '%-38s %-14s %9s %9s %9s  %s\n' "$name" "$budget" "$cpu" "$wall" "$memory" "$note"
done
