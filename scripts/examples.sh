#!/bin/sh
# Builds Examples/ where nothing but the products of this package can be seen, and runs what was built against stores of
# its own. Compiles the library anew: minutes, so it is part of `make test-more`.
set -eu
cd "$(dirname "$0")/.."
package=$(pwd)
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cp -R Examples/Package.swift Examples/Sources "$folder"
sed -i "s|path: \"..\"|path: \"$package\"|" "$folder/Package.swift"
build="swift build --package-path $folder --scratch-path ${EXAMPLES_SCRATCH:-$folder/.build} -c ${CONFIGURATION:-debug}"
$build
programs=$($build --show-bin-path)

fail() { echo "examples: $1" >&2; exit 1; }
root=$folder/root
mkdir "$folder/place"
echo 'a file to fetch' >"$folder/place/file.txt"
hash=sha256:$(sha256sum "$folder/place/file.txt" | cut -d' ' -f1)

# A fetch without the command: the program is its own helper.
fetched=$("$programs/fetch-file" "$root" "file://$folder/place/file.txt" "$hash")
cmp "$folder/place/file.txt" "${fetched#* }" || fail "fetch-file brought other bytes"
"$programs/walk-closure" "$root" "${fetched%% *}" | grep -q ' together$' || fail "walk-closure says nothing"

# A helper is what is named: something else is refused in words.
if "$programs/fetch-file" "$folder/other" "file://$folder/place/file.txt" "$hash" /bin/true 2>"$folder/error"; then
    fail "/bin/true was taken for a helper"
fi
grep -q "'/bin/true' cannot be used" "$folder/error" || fail "no word about the helper: $(cat "$folder/error")"

# The same derivation, with progress, into an empty store that holds nothing but it.
drv=$(ls "$root"/nodeos/store | grep '\.drv$')
"$programs/realise-with-progress" "$root" "/nodeos/store/$drv" 2>"$folder/progress" | grep -q "${fetched%% *}" \
    || fail "realise-with-progress says something else"

# A builder of another kind: what it makes is registered like anything else, and what fails is told with its log.
printf '#!/bin/sh\necho making "${out##*/}"; read -r line <"$0"; echo "by $line" >"$out"\n' >"$folder/program"
printf '#!/bin/sh\necho no luck; exit 3\n' >"$folder/failing"
chmod +x "$folder/program" "$folder/failing"
made=$("$programs/build-plainly" "$root" "$folder/program" 2>"$folder/log")
[ "$(cat "${made#* }")" = "by #!/bin/sh" ] || fail "build-plainly made something else"
grep -q '> making .*-made-plainly$' "$folder/log" || fail "no log of build-plainly: $(cat "$folder/log")"
"$programs/walk-closure" "$root" "${made%% *}" >/dev/null || fail "what build-plainly made is not valid"
if "$programs/build-plainly" "$root" "$folder/failing" 2>"$folder/error"; then fail "a failure was taken for success"; fi
grep -q 'exit status 3; last 1 lines:' "$folder/error" || fail "no word about the failure: $(cat "$folder/error")"

echo "examples: all run"
