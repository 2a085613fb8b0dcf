# Sourced first by the scripts of this folder: programs and libraries compiled by the final toolchain
# ($seeds), static, so that a program needs no file beside itself and names no library.
. "$toolchain"
export CC=gcc CXX=g++ AR=ar RANLIB=ranlib NM=nm STRIP=strip LD=ld
export CFLAGS="-O2 $pathFlags" CXXFLAGS="-O2 $pathFlags" LDFLAGS=-static

# archive LIBRARY INCLUDE FLAG... -- SOURCE...: compiles C files into a static library below $out, for
# libraries whose own build would spend more time on asking than on compiling.
archive() {
    local library=$1 flags=() file
    shift
    while [ "$1" != -- ]; do flags+=("$1"); shift; done
    shift
    mkdir -p "$out/lib"
    # shellcheck disable=SC2086 # a list of options
    printf '%s\n' "$@" | xargs -P "$NIX_BUILD_CORES" -n 1 "$CC" $CFLAGS "${flags[@]}" -c
    for file in "$@"; do file=${file##*/}; printf '%s\n' "${file%.c}.o"; done |
        xargs "$AR" crD "$out/lib/$library"
}

# pkgConfig NAME VERSION FLAGS: what pkg-config answers for a library that has no file of its own.
pkgConfig() {
    mkdir -p "$out/lib/pkgconfig"
    cat >"$out/lib/pkgconfig/$1.pc" <<PC
Name: $1
Description: $1, static
Version: $2
Cflags: -I$out/include
Libs: -L$out/lib $3
PC
}
