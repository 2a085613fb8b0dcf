#!/bin/sh
# `make test`: everything, ending with "N passed, N failed".
set -u
configuration=${CONFIGURATION:-release}
log=.build/test.log
failures=.build/test-failures
swift build -c "$configuration" --build-tests || { echo "0 passed, 1 failed"; exit 1; }
# A process for each folder of tests: what some leave behind in memory slows no others down (a sandbox forks).
runs=0
run() {
    runs=$((runs + 1))
    swift test -c "$configuration" --skip-build "$@" 2>&1 | tee -a "$log"
}
: >"$log"
if [ $# -gt 0 ]; then
    run "$@"
else
    for folder in Tests/*Tests; do run --filter "^${folder#Tests/}\\."; done
fi
# Swift Testing closes each test with a line of its own; suites and the whole run have others.
passed=$(grep -cE '^. Test .* passed after' "$log")
failed=$(grep -cE '^. Test .* failed after' "$log")
skipped=$(grep -cE '^. Test .* (skipped|cancelled)' "$log")
total=$(grep -cE '^. Test run with .* passed after' "$log")
passed=$((passed - total))
broken=$(grep -cE '^. Test run with .* failed after' "$log")
failed=$((failed - broken))
# A crash leaves no closing line: that is a failure whatever was counted.
failed=$((failed + runs - total - broken))
[ "$skipped" -eq 0 ] || echo "$skipped skipped; the reasons stand above"
# What failed, once more and together: the log above is thousands of lines, and often only its end is kept.
grep -A 8 'recorded an issue' "$log" | grep -v ' \(passed after\|started\)' | cut -c 1-600 | head -n 120 >"$failures"
grep -E '^. Test .* failed after' "$log" >>"$failures"
if [ -s "$failures" ]; then
    echo "== what failed"
    cat "$failures"
fi
echo "$passed passed, $failed failed" | tee .build/test-counts
[ "$failed" -eq 0 ] && [ "$total" -eq "$runs" ]
