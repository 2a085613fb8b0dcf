# Sourced first by every build script: what the sandbox leaves to the builder.
set -eu -o pipefail

# configure, make and C's system() start a shell by this name; nothing else provides it here.
mkdir -p /bin
ln -sfn "$seeds/bin/bash" /bin/sh
export SHELL=/bin/sh CONFIG_SHELL=/bin/sh

# The seeds' perl, m4 and bison look for their data under /usr unless told otherwise.
export PERL5LIB="$seeds/lib/$triple/perl-base"
export M4="$seeds/bin/m4" BISON_PKGDATADIR="$seeds/share/bison"

# Without this python writes caches that hold times beside every module it imports.
export PYTHONDONTWRITEBYTECODE=1

# Nothing that is built may depend on the builder's language, time zone, clock or umask.
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1
umask 022

fail() {
    printf '%s: %s\n' "$name" "$1" >&2
    exit 1
}
