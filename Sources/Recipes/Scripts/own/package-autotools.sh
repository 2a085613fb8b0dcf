# A package with the usual configure script. The recipe may give
#   configureFlags, makeFlags, checkFlags   words, a line each
. "$setup"
enterSource
set -f
IFS=$newline
set -- ${configureFlags-}
unset IFS
set +f
./configure --prefix="$out" "$@"
set -f
IFS=$newline
set -- ${makeFlags-}
unset IFS
set +f
make -j "$NIX_BUILD_CORES" "$@"
[ -z "${testTarget-}" ] || make "$testTarget" "$@"
make install "$@"
tidy
