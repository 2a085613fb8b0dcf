#!/usr/bin/env bash
# Fuzzes every parser that reads strangers' bytes, with libFuzzer and the address sanitizer.
# Usage: Fuzz/run.sh [SECONDS in all] [FORMAT…]     (FUZZ_SECONDS, default 60)
# FUZZ_SEED=N tries the same inputs each time, as CI does, so many of each format whatever the time; without, others.
# Inputs that break a parser are kept in .build/fuzz-findings; new inputs in .build/fuzz-corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-${FUZZ_SECONDS:-60}}
shift || true
formats=("$@")
[ ${#formats[@]} -gt 0 ] || formats=(aterm nar narinfo archive json names manifest)

NODEOS_FUZZ=1 swift build -c release --scratch-path .build/fuzz --product nodeos-fuzz \
    -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld

program=$(NODEOS_FUZZ=1 swift build -c release --scratch-path .build/fuzz --show-bin-path)/nodeos-fuzz

scratch=$(mktemp -d "${TMPDIR:-/tmp}/nodeos-fuzz-XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export NODEOS_FUZZ_SCRATCH=$scratch
# What breaks a parser is told by the sanitizer alone: Swift's own report of it is taken for one more fault.
export SWIFT_BACKTRACE=enable=no
# Swift's metadata is never freed, which the leak sanitizer takes for leaks. More memory than there can
# be is not given, as by any malloc.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
# The order of sets decides which lines run.
[ -z "${FUZZ_SEED:-}" ] || export SWIFT_DETERMINISTIC_HASHING=1
each=$((seconds / ${#formats[@]}))
[ "$each" -gt 0 ] || each=1

# runs FORMAT: inputs that take about ten seconds.
runs() {
    case $1 in
        aterm) echo 60000 ;; nar) echo 10000 ;; narinfo) echo 50000 ;; archive) echo 1500 ;;
        json) echo 70000 ;; names) echo 100000 ;; manifest) echo 30000 ;; *) echo 10000 ;;
    esac
}

corpus=.build/fuzz-corpus
limit="-max_total_time=$each"
# What earlier runs found would change what this one tries.
[ -z "${FUZZ_SEED:-}" ] || corpus=$scratch/corpus
failed=0
for format in "${formats[@]}"; do
    mkdir -p "$corpus/$format" .build/fuzz-findings
    [ -z "${FUZZ_SEED:-}" ] || limit="-runs=$(runs "$format")"
    log=.build/fuzz-$format.log
    # The memory that is used is limited, not what is asked for: libarchive asks for 8 GiB when a
    # header of cpio promises a name of 4 GiB, and touches no more of it than there is data.
    if "$program" "$format" "$limit" -seed="${FUZZ_SEED:-0}" -timeout=60 -rss_limit_mb=1024 \
        -malloc_limit_mb=-1 -max_len=65536 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix=".build/fuzz-findings/$format-" \
        "$corpus/$format" "Fuzz/corpus/$format" >"$log" 2>&1; then
        awk -v f="$format" '/number_of_executed_units/ { print f ": " $2 " inputs, nothing found" }' \
            "$log"
    else
        failed=$((failed + 1))
        grep -vE '^"|^stat::|^INFO' "$log"
    fi
done
[ "$failed" -eq 0 ] || echo "$failed formats broke; see .build/fuzz-findings"
exit "$failed"
