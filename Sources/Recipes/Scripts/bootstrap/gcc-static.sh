# A C compiler for $target that knows no C library, no threads and no shared objects: just enough to
# compile libgcc and musl.
. "$toolchain"

# Nothing but libgcc and musl is compiled with it, so optimising the compiler costs more than it
# returns: at -O0 it is built in a quarter of the time.
export CFLAGS="-O0 -g0" CXXFLAGS="-O0 -g0" CFLAGS_FOR_TARGET="-O2 $pathFlags"

unpackGcc "$src"
precompileGcc
mkdir b
cd b
../gcc/configure --build="$build" --host="$build" --prefix="$out" "${gccOptions[@]}" \
    --with-gmp="$multiprecision" --with-mpfr="$multiprecision" --with-mpc="$multiprecision" \
    --with-as="$binutils/bin/$target-as" --with-ld="$binutils/bin/$target-ld" \
    --without-headers --with-newlib --enable-languages=c --disable-shared --disable-threads \
    --disable-decimal-float --disable-libstdcxx
makeParallel all-gcc
makeParallel all-target-libgcc LIBGCC2_DEBUG_CFLAGS=-g0
installGcc install-strip-gcc install-target-libgcc
tidy "$out" "$binutils/bin/$target-strip"
