#!/bin/sh
# Proves the README's dependencies: in a Debian 12 made for it, with nothing but what
# scripts/install-dependencies.sh installs, the program is built, a selection of tests runs, and the
# installed program works where Swift is not. Needs root, mmdebstrap and a network.
# Usage: scripts/test-clean-root.sh      (CLEAN_ROOT_KEEP=1 keeps the root and says where)
#
# Swift is shown read-only, the sources are a copy; packages come from where this machine's apt has them.
set -eu
cd "$(dirname "$0")/.."
here=$PWD
[ "$(id -u)" = 0 ] || { echo "test-clean-root: only root can make a root" >&2; exit 1; }
command -v mmdebstrap >/dev/null || {
    echo "test-clean-root: mmdebstrap is missing: apt-get install mmdebstrap" >&2
    exit 1
}
swift=$(readlink -f "$(command -v swift)")
swift=${swift%/usr/bin/*}
[ -x "$swift/usr/bin/swiftc" ] || { echo "test-clean-root: no toolchain at '$swift'" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/var/tmp}/nodeos-clean-root-XXXXXX")
root=$work/root
# What is mounted goes with the namespace below, whatever ends this.
end() {
    if [ -n "${CLEAN_ROOT_KEEP:-}" ]; then echo "kept: $work"; else rm -rf --one-file-system "$work"; fi
}
trap end EXIT
trap 'exit 1' INT TERM HUP

echo "a Debian of its own ..." >&2
# --variant=minbase: what Debian calls essential, and apt. No entry but this machine's own.
find /etc/apt/sources.list /etc/apt/sources.list.d -type f \( -name '*.list' -o -name '*.sources' \) \
    >"$work/sources" 2>/dev/null || true
[ -s "$work/sources" ] || { echo "test-clean-root: apt has no sources on this machine" >&2; exit 1; }
# Proxies, certificates and the like.
apt-config dump | grep '^Acquire::.* "..*";$' | grep -v IndexTargets >"$work/apt.conf"
set --
while read -r file; do set -- "$@" "$file"; done <"$work/sources"
mmdebstrap --quiet --mode=root --variant=minbase --include=ca-certificates \
    --aptopt="$work/apt.conf" bookworm "$root" "$@"
# All of apt's configuration (proxies, keys, sources in the files that are theirs), for installing from inside.
rm -f "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
cp -a /etc/apt/. "$root/etc/apt/"
cp /etc/resolv.conf "$root/etc/resolv.conf"
[ ! -d /usr/share/keyrings ] || cp -an /usr/share/keyrings/. "$root/usr/share/keyrings/"
[ ! -d /usr/local/share/ca-certificates ] || {
    cp -a /usr/local/share/ca-certificates "$root/usr/local/share/"
    chroot "$root" update-ca-certificates >/dev/null
}

# The sources that git knows, as they are now; what is built goes into the root.
mkdir -p "$root/sources" "$root/toolchain" "$root/build" "$work/sources-copy"
if [ -e .git ]; then git ls-files -z; else find . -type f -not -path './.build/*' -print0; fi \
    | tar -C "$here" --null --ignore-failed-read -T - -cf - | tar -C "$work/sources-copy" -xf -
[ ! -e Package.resolved ] || cp Package.resolved "$work/sources-copy/"

# Packages that this machine has fetched need not be fetched again.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/org.swift.swiftpm
cat >"$root/run.sh" <<'INSIDE'
set -eu
export PATH=/toolchain/usr/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/builder
tests='PrimitivesTests|RecipesTests|EndToEndTests.BuildTests|EndToEndTests.GraphTests|ConformanceTests.NAR'
cd /sources
echo "installs what is missing ..." >&2
scripts/install-dependencies.sh test
echo "builds ..." >&2
# One build for program and tests, and not the slow one: whether everything is there shows in any.
swift build --scratch-path /build --build-tests
program=$(swift build --scratch-path /build --show-bin-path)/nodeos-store
"$program" --root /tmp/store doctor || true
echo "tests a little ..." >&2
swift test --scratch-path /build --skip-build --filter "${CLEAN_ROOT_TESTS:-$tests}"
echo "installs ..." >&2
scripts/install-dependencies.sh install
NODEOS_STORE=$program DESTDIR=/installed PREFIX=/usr scripts/install.sh install
INSIDE
cat >"$root/without-swift.sh" <<'INSIDE'
set -eu
! [ -e /toolchain/usr ]
/installed/usr/bin/nodeos-store --version
/installed/usr/bin/nodeos-store instantiate --list >/dev/null
path=$(/installed/usr/bin/nodeos-store --root /tmp/store add /run.sh)
/installed/usr/bin/nodeos-store --root /tmp/store verify --check-contents
echo "$path, without Swift"
INSIDE

# enter SCRIPT, with Swift and the sources
unshare --mount --pid --fork --kill-child sh -euc '
    root=$1 swift=$2 sources=$3 cache=$4
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --rbind /sys "$root/sys"
    mount --bind "$swift" "$root/toolchain"
    mount -o remount,bind,ro "$root/toolchain"
    mount --bind "$sources" "$root/sources"
    if [ -d "$cache" ]; then
        mkdir -p "$root/home/builder/.cache"
        cp -a "$cache" "$root/home/builder/.cache/"
    fi
    # No chroot: in one, the kernel makes no user namespaces.
    mkdir "$root/before"
    cd "$root"
    pivot_root . before
    umount -l /before
    sh /run.sh
    umount /toolchain /sources
    sh /without-swift.sh
' sh "$root" "$swift" "$work/sources-copy" "$cache"
echo "the README's dependencies are all there are"
