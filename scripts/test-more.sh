#!/bin/sh
# `make test-more`: what is too long for CI, in parts that can be run alone:
#     scripts/test-more.sh [PART…]     make test-more PARTS="clean-root fuzz"
# Says before each how long it may take on two idle cores. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.."
passed=0 failed=0 broken=""

# Adds what scripts/test.sh counted.
tests() {
    rm -f .build/test-counts
    scripts/test.sh --filter "$1"
    # Not there when the tests could not be built.
    more=0 less=1
    [ ! -e .build/test-counts ] || read -r more _ less _ <.build/test-counts
    passed=$((passed + more)) failed=$((failed + less))
    [ "$less" -eq 0 ] || broken="$broken $part"
}

one() {
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) broken="$broken $part"; fi
}

[ $# -gt 0 ] || set -- clean-root every-call power-cuts limits fuzz library
for part in "$@"; do
    start=$(date +%s)
    case $part in
        clean-root)
            echo "== clean-root: builds and runs in a Debian that has nothing but what the README says; 15 minutes"
            one scripts/test-clean-root.sh ;;
        every-call)
            echo "== every-call: commands killed, and roots unreadable, at every call; 1 to 2 hours"
            NODEOS_EVERY_CALL=1 tests 'FaultInjectionTests|RootFaultTests' ;;
        power-cuts)
            echo "== power-cuts: sixty for each file system; 40 minutes"
            NODEOS_EVERY_CALL=1 tests PowerCutTests ;;
        limits)
            echo "== limits: ${NODEOS_TEST_ROOTS:-100000} roots (NODEOS_TEST_ROOTS); 10 minutes"
            NODEOS_TEST_ROOTS=${NODEOS_TEST_ROOTS:-100000} tests LimitsTests ;;
        fuzz)
            echo "== fuzz: ${FUZZ_SECONDS:-600} seconds (FUZZ_SECONDS), and the time to build it; 15 minutes"
            one env FUZZ_SECONDS="${FUZZ_SECONDS:-600}" Fuzz/run.sh ;;
        library)
            echo "== library: Examples/ built outside of the repository, and run; the pages; 15 minutes"
            one scripts/examples.sh
            one scripts/documentation.sh ;;
        *)
            echo "no part '$part': clean-root, every-call, power-cuts, limits, fuzz, library" >&2
            exit 2 ;;
    esac
    echo "== $part: took $((($(date +%s) - start) / 60)) minutes"
done
[ -z "$broken" ] || echo "== parts that failed:$broken"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
