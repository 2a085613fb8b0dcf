#!/bin/sh
# Installs the Debian packages that are missing, or, when it may not, prints the line that does.
# Usage: scripts/install-dependencies.sh build|install|test|ci|more
set -eu

# To compile: what a Swift toolchain in a folder needs of Debian (a linker, C's headers, git for packages), and
# the C libraries of docs/architecture.md. To run: certificates, and xz for nothing but `tar` by hand. graphviz draws `make graph`.
packages="make git g++ libncurses6 libgcrypt20-dev libarchive-dev libcurl4-openssl-dev libseccomp-dev libsqlite3-dev
    zlib1g-dev liblzma-dev libtomlplusplus-dev pkg-config ca-certificates"
# The tests compare with the real Nix, draw with the real dot, and serve bad certificates.
# Pages are opened in Chromium where there is one; it is too large to be asked for of people, but CI
# skips nothing. What runs longest makes a Debian of its own.
tests="nix-bin bubblewrap graphviz openssl busybox-static zstd xz-utils"
browser="chromium python3 fonts-dejavu-core"
manual="python3 mandoc man-db groff-base"
counting="strace"
case ${1:-build} in
    build) ;;
    install) packages="$packages python3" ;;
    test) packages="$packages $tests" ;;
    ci) packages="$packages $tests $browser $manual $counting" ;;
    more) packages="$packages $tests mmdebstrap" ;;
    *) echo "usage: scripts/install-dependencies.sh build|install|test|ci|more" >&2; exit 2 ;;
esac

missing=""
for package in $packages; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing:$missing" >&2
    # A machine whose last installation was cut off refuses all others until that one is finished.
    DEBIAN_FRONTEND=noninteractive dpkg --configure -a >/dev/null
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $line >/dev/null
else
    echo "These Debian packages are missing. Install them and try again:" >&2
    echo "    sudo $line" >&2
    exit 1
fi
