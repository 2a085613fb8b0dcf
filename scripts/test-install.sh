#!/bin/sh
# Installs into a folder and runs the program from there, also where Swift is not; installs again, and
# everything is the same; uninstalls, and nothing is left. Needs `make build`.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
fail() { echo "test-install: $*" >&2; exit 1; }
place="$folder/a place"
prefix=/opt/some
unset SOURCE_DATE_EPOCH

install_to() { make --no-print-directory install DESTDIR="$1" PREFIX=$prefix; }
install_to "$place"
program="$place$prefix/bin/nodeos-store"
[ "$(readlink -f "$program")" = "$place$prefix/lib/nodeos-store/nodeos-store" ] || fail "links lead elsewhere"

# The program does its work from there, with what it carries.
cd "$folder"
"$program" --version
"$program" instantiate --list >recipes
grep -q '^barebones ' recipes || fail "no recipes"
path=$("$program" --root store add "$place$prefix/share/doc/nodeos-store/LICENSE")
"$program" --root store cat "$path" | cmp - "$place$prefix/share/doc/nodeos-store/LICENSE"
"$program" --root store verify --check-contents
# Builds, in a sandbox: what `EndToEndTests` build, where the tests were built.
cd "$OLDPWD"
if [ -n "${TEST_INSTALLED_BUILDS:-}" ]; then
    NODEOS_STORE_BINARY="$program" swift test -c release --skip-build --filter EndToEndTests.BuildTests \
        >"$folder/log" 2>&1 || { cat "$folder/log"; fail "builds fail"; }
fi

# Without Swift: its folder is hidden where mounts can be made.
swift=$(ldd .build/release/nodeos-store \
    | sed -n 's/^\tlibswiftCore\.so => \(.*\)\/libswiftCore\.so .*/\1/p')
if [ -n "$swift" ] && unshare -rm true 2>/dev/null; then
    unshare -rm sh -euc 'mount -t tmpfs none "$1"; "$2" --version; "$2" instantiate --list' \
        sh "$swift" "$program" >without || fail "it needs $swift"
    rm without
else
    echo "test-install: not tried without Swift: no mounts here" >&2
fi

# A page for each command, and none that a checker complains of.
pages=$(find "$place$prefix/share/man/man1" -name '*.1' | wc -l)
[ "$pages" -gt 50 ] || fail "only $pages manual pages"
if command -v mandoc >/dev/null; then mandoc -Tlint -Wwarning "$place$prefix"/share/man/man1/*.1; fi
if command -v man >/dev/null && command -v groff >/dev/null; then
    for page in "$place$prefix"/share/man/man1/*.1; do
        man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>>"$folder/warnings" >/dev/null
    done
    [ ! -s "$folder/warnings" ] || { cat "$folder/warnings"; fail "man has warnings"; }
fi
bash -n "$place$prefix/share/bash-completion/completions/nodeos-store"
if command -v zsh >/dev/null; then zsh -n "$place$prefix/share/zsh/site-functions/_nodeos-store"; fi
if command -v fish >/dev/null; then
    fish -n "$place$prefix/share/fish/vendor_completions.d/nodeos-store.fish"
fi

install_to "$folder/again"
diff -r --no-dereference "$place" "$folder/again" || fail "not the same the second time"
make --no-print-directory uninstall DESTDIR="$place" PREFIX=$prefix
left=$(find "$place" ! -type d)
[ -z "$left" ] || fail "left by uninstall: $left"

if [ -e .git ]; then
    mkdir "$folder/one" "$folder/two"
    scripts/dist.sh "$folder/one"
    scripts/dist.sh "$folder/two" >/dev/null
    cmp "$folder"/one/*.tar.gz "$folder"/two/*.tar.gz || fail "dist is not reproducible"
    tar -tzf "$folder"/one/*.tar.gz >"$folder/list"
    grep -q '^nodeos-store-[0-9.]*/Package.swift$' "$folder/list" || fail "no Package.swift in dist"
fi
echo "installed, run, removed"
