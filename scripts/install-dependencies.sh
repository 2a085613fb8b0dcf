#!/bin/sh
# Installs the Debian packages that are missing, or, when it may not, prints the line that does.
# Usage: scripts/install-dependencies.sh build|test
set -eu

# To compile: the C libraries of docs/architecture.md. To run: the sandbox, certificates, and xz for
# nothing but `tar` by hand. graphviz draws `make graph`.
packages="libgcrypt20-dev libarchive-dev libcurl4-openssl-dev libseccomp-dev libsqlite3-dev
    zlib1g-dev liblzma-dev pkg-config bubblewrap ca-certificates"
# The tests compare with the real Nix, draw with the real dot, and serve bad certificates.
# Pages are opened in Chromium where there is one; it is too large to be asked for.
[ "${1:-build}" = test ] && packages="$packages nix-bin graphviz openssl busybox-static zstd xz-utils"

missing=""
for package in $packages; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing:$missing" >&2
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $line >/dev/null
else
    echo "These Debian packages are missing. Install them and try again:" >&2
    echo "    sudo $line" >&2
    exit 1
fi
