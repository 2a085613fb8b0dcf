#!/bin/sh
# `make test-more`: what takes hours. Commands killed before every call by which they change files, power
# cuts sixty times, 100 000 roots, ten minutes of fuzzing (FUZZ_SECONDS). Ends with "N passed, N failed".
set -u
passed=0 failed=1
rm -f .build/test-counts
NODEOS_EVERY_CALL=1 NODEOS_TEST_ROOTS=${NODEOS_TEST_ROOTS:-100000} \
    scripts/test.sh --filter 'FaultInjectionTests|PowerCutTests|LimitsTests'
# Not there when the tests could not be built.
[ ! -e .build/test-counts ] || read -r passed _ failed _ <.build/test-counts
FUZZ_SECONDS=${FUZZ_SECONDS:-600} Fuzz/run.sh
broken=$?
[ "$broken" -ne 0 ] || passed=$((passed + 1))
[ "$broken" -eq 0 ] || failed=$((failed + broken))
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
