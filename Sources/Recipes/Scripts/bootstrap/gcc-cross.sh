# C and C++ for $target, with libgcc_s and libstdc++ in an output of their own ($lib). Runs on the
# seeds' C library; what it makes runs on musl and names neither the seeds nor this compiler.
. "$toolchain"

# $hostOptimisation is that of the compiler itself, not of what it makes.
export CFLAGS="$hostOptimisation -g0" CXXFLAGS="$hostOptimisation -g0"
export CFLAGS_FOR_TARGET="-O2 $pathFlags" CXXFLAGS_FOR_TARGET="-O2 $pathFlags"

unpackGcc "$src"
bindGcc "$musl" "$lib"
precompileGcc
mkdir b
cd b
../gcc/configure --build="$build" --host="$build" --prefix="$out" "${gccOptions[@]}" \
    "${gccHostedOptions[@]}" --with-sysroot="$musl" \
    --with-gmp="$multiprecision" --with-mpfr="$multiprecision" --with-mpc="$multiprecision" \
    --with-as="$binutils/bin/$target-as" --with-ld="$binutils/bin/$target-ld"
makeParallel all-gcc
makeParallel all-target-libgcc LIBGCC2_DEBUG_CFLAGS=-g0
makeParallel all-target-libstdc++-v3
installGcc install-strip-gcc install-strip-target-libgcc install-strip-target-libstdc++-v3
tidy "$out" "$binutils/bin/$target-strip"

# A C++ program needs musl and these two libraries, not the compiler.
mkdir -p "$lib/lib"
cp -d "$out/$target"/lib*/lib{gcc_s,stdc++}.so* "$lib/lib/"
