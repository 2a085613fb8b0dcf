# A package with a makefile. The recipe may give
#   makeFlags    words, a line each
. "$setup"
enterSource
set -f
IFS=$newline
set -- ${makeFlags-}
unset IFS
set +f
set -- CC="$CC" CXX="$CXX" PREFIX="$out" prefix="$out" "$@"
make -j "$NIX_BUILD_CORES" "$@"
[ -z "${testTarget-}" ] || make "$testTarget" "$@"
make install "$@"
tidy
