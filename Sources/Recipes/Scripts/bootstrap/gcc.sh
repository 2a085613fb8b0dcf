# The compiler of the system: C and C++, runs on musl, static, compiled by the cross compiler, with
# gmp, mpfr and mpc built in its own tree so that no file of an earlier stage is named.
. "$toolchain"
useCross
# The libraries of the target are built with the new assembler and linker, which configure finds.
unset LD AS OBJDUMP OBJCOPY READELF
export CFLAGS="$hostOptimisation $pathFlags" CXXFLAGS="$hostOptimisation $pathFlags"
export CFLAGS_FOR_TARGET="-O2 $pathFlags" CXXFLAGS_FOR_TARGET="-O2 $pathFlags"

unpackGcc "$src"
unpackGmp "$gmp" gcc/gmp
unpack "$mpfr" gcc/mpfr
unpack "$mpc" gcc/mpc
bindGcc "$musl" "$lib"
precompileGcc
mkdir b
cd b
../gcc/configure --build="$target" --host="$target" --prefix="$out" "${gccOptions[@]}" \
    "${gccHostedOptions[@]}" --with-sysroot="$musl" \
    --with-as="$binutils/bin/as" --with-ld="$binutils/bin/ld"
makeParallel all-gcc LDFLAGS=-static
makeParallel all-target-libgcc LIBGCC2_DEBUG_CFLAGS=-g0
makeParallel all-target-libstdc++-v3
installGcc install-strip-gcc install-strip-target-libgcc install-strip-target-libstdc++-v3
tidy "$out" "$STRIP"
ln -s gcc "$out/bin/cc"

mkdir -p "$lib/lib"
cp -d "$out"/lib*/lib{gcc_s,stdc++}.so* "$lib/lib/"
