#!/bin/sh
# `make install` and `make uninstall`: the program, its manual pages, completions and licence, below
# $DESTDIR$PREFIX. Usage: scripts/install.sh install|uninstall
#
# Where Swift's libraries are not part of the system they are installed with the program, which finds
# them beside itself: it runs on machines without Swift.
set -eu
cd "$(dirname "$0")/.."
program=${NODEOS_STORE:-.build/release/nodeos-store}
prefix=${PREFIX:-/usr/local}
case $prefix in
    /*) ;;
    *) echo "PREFIX must begin with a slash, not '$prefix'" >&2; exit 1 ;;
esac
to=${DESTDIR:-}${prefix%/}
library=$to/lib/nodeos-store
bash=$to/share/bash-completion/completions
zsh=$to/share/zsh/site-functions
fish=$to/share/fish/vendor_completions.d
manual=$to/share/man/man1
documents=$to/share/doc/nodeos-store

uninstall() {
    rm -rf "$library" "$documents"
    rm -f "$to/bin/nodeos-store" "$bash/nodeos-store" "$zsh/_nodeos-store" \
        "$fish/nodeos-store.fish" "$manual/nodeos-store.1" "$manual"/nodeos-store-*.1
}

case ${1:-install} in
    uninstall) uninstall; exit 0 ;;
    install) ;;
    *) echo "usage: scripts/install.sh install|uninstall" >&2; exit 2 ;;
esac

command -v python3 >/dev/null || {
    echo "the manual pages are made by python3, which is missing: apt-get install python3-minimal" >&2
    exit 1
}
# The day of the sources: of the commit, or of the files of a `make dist`.
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
    SOURCE_DATE_EPOCH=$([ -e .git ] && git log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)
fi
export SOURCE_DATE_EPOCH
version=$("$program" --version)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Everything is made before anything is installed.
mkdir "$work/man"
"$program" --experimental-dump-help >"$work/help.json"
python3 scripts/manual-pages.py "$version" "$work/man" <"$work/help.json"
for shell in bash zsh fish; do "$program" completions "$shell" >"$work/$shell"; done
# The server of `publish`, when `make server` has made it.
server=$(dirname "$program")/nodeos-store-publish
[ -e "$server" ] || server=
swift=$(ldd "$program" | sed -n 's/^\tlibswiftCore\.so => \(.*\)\/libswiftCore\.so .*/\1/p')
: >"$work/libraries"
case $swift in
    "" | /lib/* | /usr/lib/*-linux-gnu) ;;
    *) for file in "$program" $server; do ldd "$file"; done |
        awk -v from="$swift/" 'index($3, from) == 1 { print $3 }' | sort -u >"$work/libraries" ;;
esac

# What an earlier version had and this one has not goes with it.
uninstall
umask 022
mkdir -p "$to/bin" "$library" "$bash" "$zsh" "$fish" "$manual" "$documents"
install -m 755 "$program" "$library/nodeos-store"
[ -z "$server" ] || install -m 755 "$server" "$library/nodeos-store-publish"
while read -r file; do install -m 644 "$file" "$library/"; done <"$work/libraries"
ln -s ../lib/nodeos-store/nodeos-store "$to/bin/nodeos-store"
install -m 644 "$work/bash" "$bash/nodeos-store"
install -m 644 "$work/zsh" "$zsh/_nodeos-store"
install -m 644 "$work/fish" "$fish/nodeos-store.fish"
install -m 644 "$work"/man/*.1 "$manual/"
install -m 644 LICENSE README.md "$documents/"
