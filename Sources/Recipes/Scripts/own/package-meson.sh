# A package that meson and ninja build. The recipe may give
#   configureFlags    words, a line each
. "$setup"
enterSource
set -f
IFS=$newline
set -- ${configureFlags-}
unset IFS
set +f
meson setup /build/result . --prefix="$out" --libdir=lib --buildtype=plain --wrap-mode=nodownload "$@"
ninja -C /build/result -j "$NIX_BUILD_CORES"
[ -z "${testTarget-}" ] || ninja -C /build/result "$testTarget"
ninja -C /build/result install
tidy
